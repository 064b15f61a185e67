internal import Synchronization

/// The process of a server: its state, and where in its life it is.
// @unchecked as its superclass; these fields belong to whoever runs the process.
@usableFromInline final class ServerCell<Server: GenServer>: BehaviorCell<Server>, @unchecked Sendable {
    @usableFromInline enum Phase { case starting, running, terminating, ended }

    @usableFromInline var phase = Phase.starting
    /// The state, behind a pointer: reached by the owner of the process alone.
    @usableFromInline var state: UnsafeMutablePointer<Server>?
    var make: (@Sendable (ProcessContext<Server>) async throws -> Server)?
    var handshake: StartHandshake?
    /// What is to be done before anything else: left by a handler that ran inline or used up its slice.
    @usableFromInline var pending: Pending?
    /// When `idleMessage` is to be handled unless something comes; 0: never.
    @usableFromInline var idleDeadline: UInt64 = 0
    var idleMessage: Server.Info?
    var idleArmed: UInt64 = .max
    var ending: Ending?
    var hibernateAfter: Duration?

    /// What a handler left to be done by the next slice.
    @usableFromInline enum Pending {
        case next(Server.Next, ServerMessage<Server>?)
        case crash(any Error, ServerMessage<Server>?)
    }

    /// How the process ends.
    struct Ending {
        var reason: ExitReason
        var finalReply: (@Sendable () -> Void)?
        /// Kept until death is declared, so that its caller hears of the end and not of a dropped reply.
        var message: ServerMessage<Server>?
    }

    @usableFromInline init(
        _ blueprint: ServerBlueprint<Server>, slice: @escaping @Sendable (ProcessCell, Runner) async -> SliceEnd
    ) {
        make = blueprint.make
        handshake = blueprint.handshake
        super.init(
            node: blueprint.node, stride: Server.slotStride, origin: blueprint.origin,
            limits: blueprint.node.limitsForNew(blueprint.options.mailbox))
        terminateLimit = blueprint.options.terminateLimit
        hibernateAfter = blueprint.options.hibernateAfter
        sliceBody = slice
    }

    deinit { state?.deallocate() }

    override var kindName: String { String(describing: Server.self) }

    // MARK: idle timeout

    /// A user message has been taken: an idle timeout that was set is void.
    @inlinable func cancelIdle() { if idleDeadline != 0 { forgetIdle() } }

    @usableFromInline func forgetIdle() {
        idleDeadline = 0
        idleMessage = nil
    }

    func setIdle(_ limit: Duration, _ message: Server.Info) {
        idleMessage = message
        idleDeadline = Deadline.after(limit, from: node.scheduler.timers.now)
        armIdle()
    }

    private func armIdle() {
        let deadline = idleDeadline
        guard deadline < idleArmed, deadline > node.scheduler.timers.now else { return }
        idleArmed = deadline
        ProcessTimer(service: node.scheduler.timers, owner: self, deadline: deadline, repetition: .once) {
            [unowned(unsafe) self] _ in push(IdleCheck())
        }.start()
    }

    /// The timer of an idle timeout has come: the timeout may have been set anew since.
    func idleTimerCame() {
        idleArmed = .max
        if idleDeadline != 0 { armIdle() }
    }

    /// The message of an idle timeout that is due.
    @usableFromInline func takeDueIdle() -> Server.Info? {
        guard idleDeadline != 0, node.scheduler.timers.now >= idleDeadline else { return nil }
        defer { forgetIdle() }
        return idleMessage
    }

    // MARK: the end

    /// Frees the state of a dead process.
    func freeState() {
        if let state {
            self.state = nil
            state.deinitialize(count: 1)
            state.deallocate()
        }
        make = nil
        pending = nil
        ending = nil
        forgetIdle()
        deferred = Deferred()
        downHandlers = [:]
        exitHandler = nil
        phase = .ended
    }

    /// The state as it may be shown.
    func rendered(_ context: StatusContext) -> String? {
        guard let state else { return nil }
        do { return try state.pointee.formatStatus(context) } catch {
            return "\(Server.self).formatStatus threw \(error)"
        }
    }
}
