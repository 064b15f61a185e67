internal import Synchronization

/// Code that blocks its thread: a system call, a C library, a database driver that waits. Erlang: dirty schedulers.
///
/// ```swift
/// let rows = try await Blocking.run { try database.query(sql) }
/// ```
public enum Blocking {
    /// Runs `body` on a thread of its own and waits for it; no worker is occupied meanwhile.
    ///
    /// A process that waits so handles nothing else, as in any `await`. The threads come from a pool of their own that
    /// grows up to ``maximumThreads`` and shrinks again; what finds no free thread then waits its turn. `body` runs
    /// outside any task and any process: it sees no task-local values.
    ///
    /// Cancelling the caller, or ending the process that waits, ends the wait at once and not the work: `body` runs to
    /// its end and its result is dropped. On a virtual node `body` runs at once on the driving thread.
    ///
    /// - Throws: What `body` throws; `CancellationError` when the caller is cancelled; ``CallError`` with code `.killed`
    ///   when it is killed, `.overloaded` when the system gives no thread at all.
    public nonisolated(nonsending) static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let node = Node.current
        if case .seeded = node.scheduler.mode { return try body() }
        if let cell = CurrentProcess.cell, cell.has(ProcessCell.Control.dead) {
            throw CallError(.killed, pid: cell.pid, call: "Blocking.run")
        }
        if Task.isCancelled { throw CancellationError() }
        let result = LockedBox<Result<Value, any Error>?>(nil)
        let slot = CallSlot.acquire()
        let generation = slot.generation
        let isAccepted = BlockingPool.shared.submit {
            let outcome = Result { try body() }
            result.set(outcome)
            if slot.claim(generation) { slot.publish() }
        }
        guard isAccepted else {
            slot.recycle()
            throw CallError(.overloaded, call: "Blocking.run")
        }
        await CallWait.settled(slot, timeout: nil, node: node)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        switch failure {
        case nil: return try result.get()!.get()
        case .killed?: throw CallError(.killed, call: "Blocking.run")
        default: throw CancellationError()
        }
    }

    /// How many threads may be blocked at once; 64 unless set. Less than 1 counts as 1.
    public static var maximumThreads: Int {
        get { BlockingPool.shared.limit }
        set { BlockingPool.shared.limit = max(1, newValue) }
    }

    /// How many threads the pool has at this moment, idle ones included.
    public static var threadCount: Int { BlockingPool.shared.threadCount }
}
