/// One piece of work in a process of its own, whose outcome comes back to whoever started it. Elixir: `Task`.
///
/// ```swift
/// let user = ProcessTask.async { try await fetchUser(id) }
/// let orders = ProcessTask.async { try await fetchOrders(id) }
/// let page = try await Page(user: user.value(), orders: orders.value(timeout: .seconds(1)))
/// ```
///
/// **Owner.** The process that starts a task owns it, and alone may ask for its outcome, once. The two are linked: a
/// task that fails ends its owner, unless that traps exits; an owner that ends takes its task along. So failures are
/// dealt with by supervisors, not by the code between `async` and `value`. For work that may fail alone there is
/// ``TaskSupervisor/asyncNoLink(shutdown:fileID:line:_:)-(()->_)``.
///
/// **Giving up.** A `value` that is not there in time, or whose waiting code is cancelled, has given the task up: its
/// outcome goes nowhere, and the task, being linked, is asked to end. ``poll(within:)`` never gives up.
///
/// **Ordinary Swift tasks** may start and await them too. There the owner is the Swift task (another one, a child task
/// included, may not ask). It cannot be linked, since nobody can end a Swift task by force: a failure is thrown by
/// `value` and harms nobody else, and instead of the owner's end it is the end of the handle that ends the work: when
/// the last copy of the `ProcessTask` is gone, nobody can ask for the outcome any more.
///
/// **Debugging.** A task that fails is reported with the place where it was started and by whom. Within the task
/// ``callers`` says on whose behalf it works. **Not for** work that outlives the request that began it: that is a
/// child of a ``TaskSupervisor``; nor for state: that is a server or an ``Agent``.
public struct ProcessTask<Value: Sendable>: Sendable {
    /// What the body of a task may see of its own process; it receives no messages.
    public typealias Me = PlainProcess<Never>

    @usableFromInline let core: TaskCore
    @usableFromInline let tie: TaskTie?

    @inlinable init(_ core: TaskCore, tie: TaskTie? = nil) {
        self.core = core
        self.tie = tie
    }

    /// The identity of the task's process; nil if it never had one.
    public var pid: PID? { core.pid }

    /// The process that may ask for the outcome; for an ordinary Swift task an identity that stands for it here.
    public var owner: PID { core.owner.pid }

    /// Waits for the task's value. Elixir: `Task.await/2`.
    ///
    /// - Parameter timeout: How long to wait; nil: as long as it takes.
    /// - Throws: ``TaskFailure``: `.exited` with what the task threw or was ended by; `.timeout`; `.notOwner`;
    ///   `.alreadyTaken`. `CancellationError` when the waiting code is cancelled. Of a process that is linked to the
    ///   task and does not trap exits a failed task is the end all the same.
    @inlinable public nonisolated(nonsending) func value(timeout: Duration? = .seconds(5)) async throws -> Value {
        // The task is not given up while it is waited for.
        defer { withExtendedLifetime(tie) {} }
        let arrival: TaskArrival
        switch core.beginWait(timeout) {
        case .over(let known): arrival = known
        case .inside(let waiter, let slot):
            await waiter.hub.suspend()
            arrival = core.endWait(waiter, slot)
        case .outside(let slot): arrival = await core.waitOutside(slot, timeout)
        }
        if case .value = arrival { return core.value.take(as: Value.self) }
        throw core.failure(arrival, after: timeout).thrown
    }

    /// As ``value(timeout:)``, with the failure as a value.
    public nonisolated(nonsending) func result(timeout: Duration? = .seconds(5)) async -> Result<Value, TaskFailure> {
        let arrival = await core.arrival(within: timeout)
        if case .value = arrival { return .success(core.value.take(as: Value.self)) }
        return .failure(core.failure(arrival, after: timeout))
    }

    /// The outcome if it comes within `limit`; nil otherwise, and then it may be asked for again. Elixir:
    /// `Task.yield/2`.
    ///
    /// Waiting code that is cancelled gets the failure `.cancelled` and has given the task up.
    public nonisolated(nonsending) func poll(within limit: Duration? = .zero) async -> Result<Value, TaskFailure>? {
        let arrival = await core.arrival(within: limit, isPatient: limit == nil)
        switch arrival {
        case .nothing(.timeout), .pending: return nil
        case .value, .exit: return core.result(arrival, as: Value.self)
        case .nothing(let code):
            switch code {
            case .cancelled, .killed: core.giveUp()
            default: break
            }
            return .failure(core.failure(code))
        }
    }

    /// Ends the task and waits until it has ended. Elixir: `Task.shutdown/2`.
    ///
    /// - Parameter how: `.within`: it is asked to end, and killed when the time is over; `.kill`: at once.
    /// - Returns: The value if it was there already; nil if the task ended as it was told to; `.exited` if it ended
    ///   otherwise: by itself before, with another reason, or killed because it took too long. Of a task whose outcome
    ///   was taken: `.exited(.noProcess)`.
    @discardableResult public nonisolated(nonsending) func shutdown(
        _ how: Shutdown = .within(.seconds(5))
    ) async -> Result<Value, TaskFailure>? {
        if !core.owner.isCaller { return .failure(core.failure(.notOwner(owner))) }
        let first = core.claim()
        switch first {
        case .value, .exit: return ended(first, how)
        case .nothing: return .failure(core.failure(.exited(.noProcess)))
        case .pending: break
        }
        guard let cell = core.cell else { return nil }
        // Before it is told: it may end before it is waited for.
        core.unfollow()
        if core.isTied { core.owner.cell?.unlinkAndFlush(cell) }
        let limit: Duration?
        switch how {
        case .kill:
            cell.kill()
            limit = nil
        case .within(let time):
            cell.receiveExit(from: owner, reason: .shutdown)
            limit = time
        case .infinity:
            cell.receiveExit(from: owner, reason: .shutdown)
            limit = nil
        }
        let asked = await core.arrival(within: limit)
        if asked.isOutcome { return ended(asked, how) }
        if core.isTaken { return .failure(core.failure(.exited(.noProcess))) }
        // Too slow, or nobody may wait for it any more.
        cell.kill()
        let killed = await core.arrival(within: nil)
        // Asked and killed in one.
        if case .exit(.killed) = killed, case .within(let time) = how, time <= .zero { return nil }
        if killed.isOutcome { return ended(killed, how) }
        if core.isTaken { return .failure(core.failure(.exited(.noProcess))) }
        core.abandon()
        return .failure(core.failure(.exited(.killed)))
    }

    private func ended(_ arrival: TaskArrival, _ how: Shutdown) -> Result<Value, TaskFailure>? {
        switch (arrival, how) {
        case (.exit(.killed), .kill), (.exit(.shutdown(nil)), .within), (.exit(.shutdown(nil)), .infinity): nil
        default: core.result(arrival, as: Value.self)
        }
    }

    /// Lets the task run on by itself: unlinked, and what becomes of it is told to nobody. Elixir: `Task.ignore/1`.
    ///
    /// - Returns: The outcome if it is there already; nil while the task runs.
    @discardableResult public func ignore() -> Result<Value, TaskFailure>? {
        if !core.owner.isCaller { return .failure(core.failure(.notOwner(owner))) }
        let arrival = core.claim()
        switch arrival {
        case .value, .exit: return core.result(arrival, as: Value.self)
        case .nothing: return .failure(core.failure(.alreadyTaken))
        case .pending:
            core.abandon()
            return nil
        }
    }

    /// A task that is done without ever having been a process. Elixir: `Task.completed/1`.
    public static func completed(_ value: Value) -> ProcessTask {
        let core = TaskCore(owner: .current(CurrentProcess.cell, on: .current), isTied: false)
        core.complete(value)
        return ProcessTask(core)
    }

    /// A task that has failed without ever having been a process.
    public static func failed(_ reason: ExitReason) -> ProcessTask {
        ProcessTask(TaskCore(owner: .current(CurrentProcess.cell, on: .current), failed: reason))
    }
}

extension ProcessTask: CustomStringConvertible {
    public var description: String { pid.map { "task \($0) of \(owner)" } ?? "task of \(owner)" }
}
