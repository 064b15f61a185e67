public import Synchronization

/// The process of a machine: its data, its engine, and where in its life it is.
// @unchecked as its superclass; these fields belong to whoever runs the process.
@usableFromInline final class MachineCell<Machine: GenStateMachine>: BehaviorCell<Machine>, @unchecked Sendable {
    @usableFromInline enum Phase: UInt8 { case starting, running, terminating, ended }

    /// What a running machine consists of.
    @usableFromInline struct Body {
        @usableFromInline var data: Machine
        @usableFromInline var engine: MachineEngine<Machine>
        /// Who handles events, if the machine does not itself.
        @usableFromInline var role: (any MachineRole<Machine>.Type)?

        @inlinable init(_ data: Machine, in state: Machine.State) {
            self.data = data
            engine = MachineEngine(state)
        }
    }

    // Atomic, though their owner alone touches them: cheaper than the dynamic exclusivity check of a property.
    @usableFromInline let phaseWord = Atomic<UInt8>(0)
    @usableFromInline let hasPending = Atomic<Bool>(false)
    @usableFromInline let bodyWord = Atomic<UInt>(0)

    @inlinable var phase: Phase {
        get { Phase(rawValue: phaseWord.load(ordering: .relaxed)).unsafelyUnwrapped }
        set { phaseWord.store(newValue.rawValue, ordering: .relaxed) }
    }
    /// Whether a slice may begin with an event, and a call may be handled on its caller's thread.
    @inlinable var isReady: Bool {
        phaseWord.load(ordering: .relaxed) == 1 && !hasPending.load(ordering: .relaxed)
    }
    /// Data and engine, behind a pointer: reached by the owner of the process alone.
    @inlinable var body: UnsafeMutablePointer<Body>? {
        get { UnsafeMutablePointer(bitPattern: bodyWord.load(ordering: .relaxed)) }
        set { bodyWord.store(UInt(bitPattern: newValue), ordering: .relaxed) }
    }
    @usableFromInline var make: (@Sendable (ProcessContext<Machine>) async throws -> Machine)?
    @usableFromInline var handshake: StartHandshake?
    /// By the numbers of their timeouts in the engine.
    @exclusivity(unchecked) private var alarms = Alarms()
    /// What a call that was handled on its caller's thread leaves to the next slice.
    @inlinable var pending: PendingStep<Machine>? {
        get { pendingValue }
        set {
            pendingValue = newValue
            hasPending.store(newValue != nil, ordering: .relaxed)
        }
    }
    @exclusivity(unchecked) @usableFromInline var pendingValue: PendingStep<Machine>?
    /// How the machine begins if it says otherwise than `initialState` and `handleStart`.
    @usableFromInline var first: (state: Machine.State, actions: [MachineAction<Machine>])?
    @usableFromInline var endReason = ExitReason.normal
    /// Kept until death is declared, so that its caller hears of the end and not of a dropped reply.
    @usableFromInline var lastEvent: MachineEvent<Machine>?
    @usableFromInline let hibernatesByItself: Bool
    /// It is known that the machine has no `handleEnter` of its own.
    @exclusivity(unchecked) @usableFromInline var lacksEnter = false

    @inlinable init(_ blueprint: __shared ServerBlueprint<Machine>, slice: @escaping SliceBody) {
        make = blueprint.make
        handshake = blueprint.handshake
        hibernatesByItself = blueprint.options.hibernateAfter != nil
        super.init(
            node: blueprint.node, stride: Machine.slotStride, origin: blueprint.origin,
            limits: blueprint.limits, slice: slice)
        terminateLimit = blueprint.options.terminateLimit
        if let wait = blueprint.options.hibernateAfter { hibernation = Hibernation(after: wait) }
        if !blueprint.options.debug.isEmpty { watch(by: blueprint.options.debug) }
    }

    @inlinable deinit { body?.deallocate() }

    override func begins(
        with make: @escaping @Sendable (ProcessContext<Machine>) async throws -> Machine, _ handshake: StartHandshake
    ) {
        self.make = make
        self.handshake = handshake
    }

    override func plainTurn() -> SliceEnd? { has(Control.dead) ? MachineLoop<Machine>.buried(self) : nil }

    override var kindName: String { String(describing: Machine.self) }
    override var renderedState: String? { status(.snapshot)?.whole }
    override func rendered(_ message: Deferred<Machine>.Message) -> String {
        switch message {
        case .call(let call): Machine.formatEvent(.call(call))
        case .cast(let cast): Machine.formatEvent(.cast(cast))
        case .info(let info): Machine.formatEvent(.info(info))
        case .notice: super.rendered(message)
        }
    }
    override func redacted(_ event: SystemEvent) -> SystemEvent { Machine.formatEvent(event) }

    // MARK: effects

    /// Does what the engine asks for, in order.
    @inlinable func perform(_ body: UnsafeMutablePointer<Body>) {
        body.pointee.engine.effects.perform { effect in
            switch effect {
            case .reply(let reply): reply.send()
            case .start(let number, let point): startTimer(number, point)
            case .restart(let old, let number, let point): startTimer(number, point, insteadOf: old)
            case .cancel(let number): cancelTimer(number)
            case .become(let role): body.pointee.role = role
            }
        }
    }

    /// - Parameter old: The one that is cancelled at the same time; 0: none.
    @usableFromInline func startTimer(_ number: UInt64, _ point: TimeoutPoint, insteadOf old: UInt64 = 0) {
        let deadline =
            switch point {
            case .after(let delay): alarms.deadline(after: delay, self)
            case .at(let point): Deadline.nanoseconds(point)
            }
        alarms.set(number, at: deadline, insteadOf: old, self)
    }

    @usableFromInline func cancelTimer(_ number: UInt64) { alarms.cancel(number) }

    /// A timer has come: the event of its timeout, unless that was cancelled or replaced meanwhile.
    @usableFromInline func timerCame(_ number: UInt64) -> MachineEvent<Machine>? {
        alarms.came(number)
        let event = body?.pointee.engine.expired(number)
        if event == nil { unseenCount &+= 1 }
        return event
    }

    // MARK: looking at it

    /// What may be shown of the machine; nil if it has not begun.
    @usableFromInline func status(_ context: StatusContext) -> MachineStatus? {
        guard let body else { return nil }
        let engine = body.pointee.engine
        var reason: ExitReason?
        if case .termination(let why) = context { reason = why }
        let queue = (lastEvent.map { [$0] } ?? []) + engine.queue.reversed()
        var status = MachineStatus(
            context: context, state: "\(engine.state)", data: "\(body.pointee.data)", reason: reason,
            queue: queue.map(Machine.formatEvent), postponed: engine.postponed.map(Machine.formatEvent),
            timeouts: engine.timers.all, unexpectedCount: engine.unexpectedCount,
            role: body.pointee.role.map { "\($0)" })
        format(&status, body)
        return status
    }

    /// What may be shown of the state alone; the rest, which may be much, is not printed for it.
    var shownState: String? {
        guard let body else { return nil }
        var status = MachineStatus(
            context: .snapshot, state: "\(body.pointee.engine.state)", data: "", reason: nil, queue: [], postponed: [],
            timeouts: [], unexpectedCount: body.pointee.engine.unexpectedCount, role: nil)
        format(&status, body)
        return status.state
    }

    private func format(_ status: inout MachineStatus, _ body: UnsafeMutablePointer<Body>) {
        do { try body.pointee.data.formatStatus(&status, in: body.pointee.engine.state) } catch {
            status.hideAll("\(Machine.self).formatStatus threw \(error)")
        }
    }

    /// An event that does not belong in the machine's state: its caller is told, anybody else's is reported.
    @usableFromInline func refuse(_ event: MachineEvent<Machine>) {
        let state = shownState ?? ""
        if case .call(let call) = event, Refusal.fail(call, state: state) > 0 { return }
        let count = (body?.pointee.engine.unexpectedCount ?? 0) + 1
        node.report(
            .other(
                UnexpectedEventReport(
                    pid: pid, kind: kindName, state: state, event: Machine.formatEvent(event), count: count)))
    }

    // MARK: the end

    /// Tells whoever watches that it ends, and why.
    func noteEnding() {
        let shown = status(.termination(endReason))?.reason ?? endReason
        noteEvent(SystemEvent(.terminating, "\(shown)", state: shownState, at: node.now))
    }

    /// Frees the data of a dead process.
    @usableFromInline func freeBody() {
        if let body {
            self.body = nil
            body.deinitialize(count: 1)
            body.deallocate()
        }
        make = nil
        first = nil
        pending = nil
        lastEvent = nil
        endReason = .normal
        alarms.void()
        freeHandlers()
        phase = .ended
    }
}

/// Where a transition stands that cannot be completed on the thread of the event's sender.
@usableFromInline final class PendingStep<Machine: GenStateMachine> {
    @usableFromInline let step: MachineStep<Machine>
    @usableFromInline let event: MachineEvent<Machine>

    @inlinable init(_ step: MachineStep<Machine>, _ event: MachineEvent<Machine>) {
        self.step = step
        self.event = event
    }
}

/// Fails the replies in a call that did not belong in the machine's state.
enum Refusal {
    /// How many replies there were.
    static func fail(_ value: Any, state: String, depth: Int = 4) -> Int {
        if let reply = value as? any Refusable {
            reply.refuse(state: state)
            return 1
        }
        guard depth > 0 else { return 0 }
        return Mirror(reflecting: value).children.reduce(0) { $0 + fail($1.value, state: state, depth: depth - 1) }
    }
}

/// A reply of whatever type.
private protocol Refusable {
    func refuse(state: String)
}

extension Reply: Refusable {
    fileprivate func refuse(state: String) { fail(.unexpected(state: state)) }
}
