public import Synchronization

/// The process of a server: its state, and where in its life it is.
// @unchecked as its superclass; these fields belong to whoever runs the process.
@usableFromInline final class ServerCell<Server: GenServer>: BehaviorCell<Server>, @unchecked Sendable {
    @usableFromInline enum Phase: UInt8 { case starting, running, terminating, ended }

    // What every slice looks at is atomic, though its owner alone touches it: the dynamic exclusivity check of an
    // ordinary property costs more than all else that is done with it.
    @usableFromInline let stateWord = Atomic<UInt>(0)
    @usableFromInline let idleWord = Atomic<UInt64>(0)

    @inlinable var phase: Phase {
        get { Phase(rawValue: phaseWord.load(ordering: .relaxed)).unsafelyUnwrapped }
        set { phaseWord.store(newValue.rawValue, ordering: .relaxed) }
    }
    /// Whether a slice may begin with a message.
    @inlinable var isReady: Bool {
        phaseWord.load(ordering: .relaxed) == 1 && !hasPending.load(ordering: .relaxed)
    }
    /// The state, behind a pointer: reached by the owner of the process alone.
    @inlinable var state: UnsafeMutablePointer<Server>? {
        get { UnsafeMutablePointer(bitPattern: stateWord.load(ordering: .relaxed)) }
        set { stateWord.store(UInt(bitPattern: newValue), ordering: .relaxed) }
    }
    @exclusivity(unchecked) @usableFromInline var make: (@Sendable (ProcessContext<Server>) async throws -> Server)?
    @exclusivity(unchecked) @usableFromInline var handshake: StartHandshake?
    /// What is to be done before anything else: left by a handler that ran inline or used up its slice.
    @inlinable var pending: Pending<Server>? {
        get { pendingValue }
        set {
            pendingValue = newValue
            hasPending.store(newValue != nil, ordering: .relaxed)
        }
    }
    @exclusivity(unchecked) @usableFromInline var pendingValue: Pending<Server>?
    /// When `idleMessage` is to be handled unless something comes; 0: never.
    @inlinable var idleDeadline: UInt64 {
        get { idleWord.load(ordering: .relaxed) }
        set { idleWord.store(newValue, ordering: .relaxed) }
    }
    @exclusivity(unchecked) @usableFromInline var idleMessage: IdleMessage<Server>?
    @exclusivity(unchecked) @usableFromInline var idleArmed: UInt64 = .max
    @exclusivity(unchecked) @usableFromInline var endReason = ExitReason.normal
    // Beside each other and behind a reason, for small fields each in a place of its own would cost a word each.
    @usableFromInline let phaseWord = Atomic<UInt8>(0)
    @usableFromInline let hasPending = Atomic<Bool>(false)
    @usableFromInline let hibernatesByItself: Bool
    /// Kept until death is declared, so that its caller hears of the end and not of a dropped reply.
    @exclusivity(unchecked) @usableFromInline var lastMessage: LastMessage<Server>?
    /// What comes first instead of what `handleStart` says.
    @exclusivity(unchecked) @usableFromInline var first: FirstStep<Server>?
    /// The server of another type that has taken over; the control bit `replaced` says whether there is one.
    @exclusivity(unchecked) @usableFromInline var successor: Successor<Server>?

    @inlinable init(
        _ blueprint: __shared ServerBlueprint<Server>, slice: @escaping SliceBody
    ) {
        make = blueprint.make
        handshake = blueprint.handshake
        hibernatesByItself = blueprint.options.hibernateAfter != nil
        super.init(
            node: blueprint.node, stride: Server.slotStride, origin: blueprint.origin,
            limits: blueprint.limits, slice: slice)
        terminateLimit = blueprint.options.terminateLimit
        if let wait = blueprint.options.hibernateAfter { hibernation = Hibernation(after: wait) }
        if !blueprint.options.debug.isEmpty { watch(by: blueprint.options.debug) }
    }

    @inlinable deinit { state?.deallocate() }

    override var kindName: String { String(describing: Server.self) }
    override var renderedState: String? { rendered(.snapshot) }
    override func redacted(_ event: SystemEvent) -> SystemEvent {
        let shown = successor?.formatEvent(event) ?? Server.formatEvent(event)
        return ownRedaction?(shown) ?? shown
    }
    override func place<State>(of type: State.Type) -> UnsafeMutablePointer<State>? {
        if let successor { return successor.place(of: type) }
        return state as? UnsafeMutablePointer<State>
    }
    override var stateType: Any.Type? { successor?.stateType ?? (state == nil ? nil : Server.self) }

    // MARK: idle timeout

    /// A user message has been taken: an idle timeout that was set is void.
    @inlinable func cancelIdle() { if idleDeadline != 0 { forgetIdle() } }

    @usableFromInline func forgetIdle() {
        idleDeadline = 0
        idleMessage = nil
    }

    @usableFromInline func setIdle(_ limit: Duration, _ message: Server.Info) {
        idleMessage = IdleMessage(message)
        idleDeadline = Deadline.after(limit, from: clock)
        armIdle()
    }

    private func armIdle() {
        let deadline = idleDeadline
        guard deadline < idleArmed, deadline > clock else { return }
        idleArmed = deadline
        ProcessTimer(service: node.scheduler.timers, owner: self, deadline: deadline, repetition: .once) {
            [unowned(unsafe) self] _ in push(IdleCheck())
        }.start()
    }

    /// The timer of an idle timeout has come: the timeout may have been set anew since.
    @usableFromInline func idleTimerCame() {
        idleArmed = .max
        if idleDeadline != 0 { armIdle() }
    }

    /// The message of an idle timeout that is due.
    @usableFromInline func takeDueIdle() -> Server.Info? {
        guard idleDeadline != 0, clock >= idleDeadline else { return nil }
        defer { forgetIdle() }
        return idleMessage?.message
    }

    // MARK: the end

    /// Frees the state of a dead process.
    @inlinable func freeState() {
        if let state {
            self.state = nil
            state.deinitialize(count: 1)
            state.deallocate()
        }
        if control.load(ordering: .relaxed) & ProcessCell.Control.replaced != 0 { successor = nil }
        make = nil
        pending = nil
        first = nil
        lastMessage = nil
        endReason = .normal
        if idleDeadline != 0 { forgetIdle() }
        freeHandlers()
        phase = .ended
    }

    override var endsInline: Bool { isReady && OwnHandlers.isMissing(OwnHandlers.Handler.terminate, in: Server.self) }

    override func endInline(_ reason: ExitReason) -> ExitReason {
        let reason = endHeld(reason)
        releaseInline()
        return reason
    }

    override func endHeld(_ reason: ExitReason) -> ExitReason {
        vacate()
        if reason.isExpected {
            // In one step: there is nothing to be said of such an end.
            switch declare(reason, unlessAsked: true) {
            case .done: return reason
            case .wasDead: return finalReason ?? reason
            case .isAsked: break
            }
        }
        let reason = beginEnding(reason)
        if !has(Control.dead), !reason.isExpected, reportsCrashes { ServerLoop<Server>.report(reason, self) }
        return declareDead(reason) ? reason : finalReason ?? reason
    }

    override var hasBegun: Bool { phase != .starting }

    override func begins(
        with make: @escaping @Sendable (ProcessContext<Server>) async throws -> Server, _ handshake: StartHandshake
    ) {
        self.make = make
        self.handshake = handshake
    }

    override func plainTurn() -> SliceEnd? { has(Control.dead) ? ServerLoop<Server>.buried(self) : nil }

    override func releaseInline() { if case .again = ServerLoop<Server>.buried(self) { wake() } }

    /// The state as it may be shown.
    @usableFromInline func rendered(_ context: StatusContext) -> String? {
        if let successor { return successor.formatStatus(context) }
        return state.map { Self.rendered($0, context) }
    }

    static func rendered<S: GenServer>(_ state: UnsafeMutablePointer<S>, _ context: StatusContext) -> String {
        do { return try state.pointee.formatStatus(context) } catch { return "\(S.self).formatStatus threw \(error)" }
    }

    override func rendered(_ message: Deferred<Server>.Message) -> String {
        switch message {
        case .call(let call): waiting(.call(call), "call ", call)
        case .cast(let cast): waiting(.cast(cast), "cast ", cast)
        case .info(let info): waiting(.info(info), "info ", info)
        case .notice: super.rendered(message)
        }
    }

    /// A message that waits, without the word for its kind, unless whoever formats it has put that there.
    private func waiting(_ message: ServerMessage<Server>, _ kind: String, _ content: some Sendable) -> String {
        if let own = ownText(of: message) { return own.hasPrefix(kind) ? String(own.dropFirst(kind.count)) : own }
        return Rendering.withoutKind(kind, formatted(message), content)
    }

    /// A message as it may be shown.
    func rendered(_ message: ServerMessage<Server>) -> String {
        ownText(of: message) ?? formatted(message)
    }

    private func formatted(_ message: ServerMessage<Server>) -> String {
        successor?.formatMessage(message) ?? Server.formatMessage(message)
    }

    private func ownText(of message: ServerMessage<Server>) -> String? {
        guard let ownFormat else { return nil }
        return switch message {
        case .call(let call): ownFormat(.call(call))
        case .cast(let cast): ownFormat(.cast(cast))
        case .info(let info): ownFormat(.info(info))
        case .proceed: nil
        }
    }
}

// What only some servers need now and then stands in objects of its own: a cell that is made and freed has then no
// field whose type depends on the server's messages, and costs no look-up of types.

/// What a handler left to be done by the next slice.
@usableFromInline final class Pending<Server: GenServer> {
    @usableFromInline enum Work {
        case next(Server.Next)
        case crash(any Error)
    }
    @usableFromInline let work: Work
    @usableFromInline let message: ServerMessage<Server>?

    @inlinable init(_ work: Work, _ message: ServerMessage<Server>?) {
        self.work = work
        self.message = message
    }
}

/// What comes first instead of what `handleStart` says.
@usableFromInline final class FirstStep<Server: GenServer> {
    @usableFromInline let step: Server.Next
    @inlinable init(_ step: Server.Next) { self.step = step }
}

/// The message of an idle timeout.
@usableFromInline final class IdleMessage<Server: GenServer> {
    @usableFromInline let message: Server.Info
    @inlinable init(_ message: Server.Info) { self.message = message }
}

/// The message in whose handler the server came to its end, and the answer that it gives last.
@usableFromInline final class LastMessage<Server: GenServer> {
    @usableFromInline let message: ServerMessage<Server>?
    @usableFromInline let finalReply: (@Sendable () -> Void)?

    @inlinable init(_ message: ServerMessage<Server>?, finalReply: (@Sendable () -> Void)? = nil) {
        self.message = message
        self.finalReply = finalReply
    }
}
