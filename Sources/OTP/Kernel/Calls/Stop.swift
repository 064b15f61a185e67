internal import Synchronization

/// Waits for the end of one process and keeps its reason.
// @unchecked because `reason` is written by the claimer of the slot and read by its waiter.
final class EndWait: DownListener, @unchecked Sendable {
    let slot = CallSlot.acquire()
    let generation: UInt64
    private(set) var reason: ExitReason?

    override init() { generation = slot.generation }

    override func down(_ message: DownMessage) {
        guard slot.claim(generation) else { return }
        reason = message.reason
        slot.publish()
    }
}

extension ServerAddress {
    /// Ends the server in an orderly way and waits until it is dead. Erlang: `gen_server:stop/3`, `proc_lib:stop/3`.
    ///
    /// The server handles what is before the request in its mailbox, then its `terminate` runs.
    /// - Throws: ``CallError``: `.noProcess`; `.callingSelf`; `.timeout` (the server then still ends some time, unless the time
    ///   was below zero: then nothing has been asked of it); `.exited` if it ended with another reason than the one asked for.
    @inlinable @inline(__always) public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, timeout: Duration? = .seconds(5)
    ) async throws {
        // Inlined, as far as nobody has to be waited for: an async function of its own costs a frame of the task.
        guard let cell = whereIs()?.cell else { throw Stop.foundNobody(self, reason) }
        if try Stop.atOnce(cell, reason, timeout, { addressDescription }) { return }
        try await Stop.stop(cell, reason, timeout) { addressDescription }
    }

    /// Waits until the server has ended; at once if it has. Not for processes waiting in their own handler: they monitor.
    ///
    /// - Returns: Why it ended; nil if the time was over first.
    public nonisolated(nonsending) func waitForEnd(timeout: Duration? = nil) async -> ExitReason? {
        guard let cell = whereIs()?.cell else { return .noProcess }
        return await Stop.waitForEnd(cell, timeout)
    }
}

extension ProcessRef {
    /// Ends the process in an orderly way and waits until it is dead: its `receive` throws, and it cleans up. See
    /// ``ServerAddress/stop(reason:timeout:)``. Erlang: `proc_lib:stop/1,3`.
    ///
    /// - Throws: ``CallError``, as there; `.exited` with what its clean-up threw, if that was another error.
    public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, timeout: Duration? = .seconds(5)
    ) async throws {
        try await server.stop(reason: reason, timeout: timeout)
    }

    /// Waits until the process has ended; at once if it has.
    ///
    /// - Returns: Why it ended; nil if the time was over first.
    public nonisolated(nonsending) func waitForEnd(timeout: Duration? = nil) async -> ExitReason? {
        await server.waitForEnd(timeout: timeout)
    }
}

@usableFromInline enum Stop {
    @usableFromInline static func foundNobody(_ address: some SystemAddress, _ reason: ExitReason) -> CallError {
        CallError(.noProcess, call: request(address.addressDescription, reason))
    }

    /// What is asked for, for errors.
    private static func request(_ address: String, _ reason: ExitReason) -> String { "\(address) stop \(reason)" }

    /// Ends the process on the thread of the process that stops it; false if that has to be done in a turn of its own.
    @usableFromInline static func atOnce(
        _ cell: ProcessCell, _ reason: ExitReason, _ timeout: Duration?, _ address: () -> String
    ) throws -> Bool {
        if let timeout, timeout <= .zero { return false }
        guard let end = InlineTurn.end(cell, reason) else { return false }
        if !end.isSame(as: reason) {
            throw CallError(.exited(end), pid: cell.pid, call: request(address(), reason))
        }
        return true
    }

    @usableFromInline nonisolated(nonsending) static func stop(
        _ cell: ProcessCell, _ reason: ExitReason, _ timeout: Duration?, _ address: () -> String
    ) async throws {
        func call() -> String { request(address(), reason) }
        let caller = CurrentProcess.cell
        if caller === cell { throw CallError(.callingSelf, pid: cell.pid, call: call()) }
        if let caller, caller.has(ProcessCell.Control.dead) { throw CallError(.killed, pid: cell.pid, call: call()) }
        if let timeout, timeout < .zero { throw CallError(.timeout, pid: cell.pid, call: call()) }
        let wait = EndWait()
        let ref = MonitorRef.make()
        guard cell.addListener(wait, as: ref) else {
            wait.slot.recycle()
            throw CallError(.noProcess, pid: cell.pid, call: call())
        }
        let endsAtOnce = cell.endsInline
        if cell.enqueue(StopRequest(reason: reason)) {
            // Nobody's terminate runs on this thread: it might take longer than the time.
            if endsAtOnce { Guest.wake(cell, for: #isolation) } else { cell.wake() }
        }
        if let timeout, timeout <= .zero { wait.slot.fail(wait.generation, .timeout) }
        await CallWait.settled(wait.slot, timeout: timeout, node: cell.node)
        cell.removeWatcher(ref)
        let failure = wait.slot.hasFailed ? wait.slot.takeFailure() : nil
        wait.slot.recycle()
        if let failure {
            if case .cancelled = failure { throw CancellationError() }
            throw CallError(failure: failure, pid: cell.pid, call: call())
        }
        if let end = wait.reason, !end.isSame(as: reason) { throw CallError(.exited(end), pid: cell.pid, call: call()) }
    }

    nonisolated(nonsending) static func waitForEnd(_ cell: ProcessCell, _ timeout: Duration?) async -> ExitReason? {
        let wait = EndWait()
        let ref = MonitorRef.make()
        guard cell.addListener(wait, as: ref) else {
            wait.slot.recycle()
            return cell.finalReason ?? .noProcess
        }
        await CallWait.settled(wait.slot, timeout: timeout, node: cell.node)
        cell.removeWatcher(ref)
        wait.slot.recycle()
        return wait.reason
    }
}
