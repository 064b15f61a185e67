internal import Synchronization

/// The locks of a registry.
final class RegistryLocks<Key: Hashable & Sendable>: Sendable {
    struct Waiter {
        let slot: CallSlot
        let generation: UInt64
    }

    private let queue = LockedBox(LockQueue<Key, Waiter>())
    private let count = Atomic<UInt64>(0)

    /// How many wait, whatever for.
    var waitingCount: Int { queue.withLock { $0.waitingCount } }

    /// Waits for the lock; nil if the registry has ended.
    nonisolated(nonsending) func acquire(
        _ key: Key, within limit: Duration?, on node: Node
    ) async throws -> RegistryLock<Key>? {
        let lock = RegistryLock(self, key, count.add(1, ordering: .relaxed).newValue)
        let slot = CallSlot.acquire()
        let waiter = Waiter(slot: slot, generation: slot.generation)
        let isGiven = queue.withLock { $0.isClosed ? nil : $0.acquire(key, lock.id, waiter) }
        guard let isGiven, !isGiven else {
            slot.recycle()
            return isGiven.map { _ in lock }
        }
        await CallWait.settled(slot, timeout: limit, node: node)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        // It may have been passed on at the moment at which the registry ended.
        guard let failure else { return queue.withLock { $0.isClosed } ? nil : lock }
        // It leaves nothing behind while the lock is held for long. Whoever has passed the lock on to this one meanwhile
        // finds it gone, and passes it on further.
        _ = queue.withLock { $0.giveUp(key, lock.id) }
        switch failure {
        case .killed: throw CallError(.killed, call: "lock \(key)")
        case .timeout: throw CallError(.timeout, call: "lock \(key)")
        case .noProcess: return nil
        default: throw CancellationError()
        }
    }

    /// The registry has ended: nobody waits any more.
    func close() {
        for waiter in queue.withLock({ $0.close() }) { waiter.slot.fail(waiter.generation, .noProcess) }
    }

    func release(_ key: Key, _ id: UInt64) {
        var next = queue.withLock { $0.release(key, id) }
        while let holder = next {
            if holder.waiter.slot.claim(holder.waiter.generation) { return holder.waiter.slot.publish() }
            next = queue.withLock { $0.release(key, holder.id) }
        }
    }
}

/// A lock that is held; a process's end gives it back.
final class RegistryLock<Key: Hashable & Sendable>: ProcessResource {
    private let locks: RegistryLocks<Key>
    private let key: Key
    let id: UInt64

    init(_ locks: RegistryLocks<Key>, _ key: Key, _ id: UInt64) {
        self.locks = locks
        self.key = key
        self.id = id
    }

    func release() { locks.release(key, id) }
    func release(_ pid: PID, reason: ExitReason) { release() }
}

extension RegistryName {
    /// Runs `body` while nobody else holds the lock of this key. Elixir: `Registry.lock/3`.
    ///
    /// A lock has nothing to do with who is registered under the key. Whoever comes first has it first. It is free
    /// again when `body` is through, however it ends, and when the process that runs it ends. It cannot be taken twice:
    /// a `body` that asks for the same lock waits for itself.
    ///
    /// It ends with the registry: nobody gets it any more, and a registry that is started again knows nothing of a `body`
    /// that still runs.
    /// - Parameters:
    ///   - key: What is locked.
    ///   - timeout: How long to wait for the lock; nil: as long as it takes.
    ///   - body: What is done meanwhile.
    /// - Throws: What `body` throws; ``RegistryError`` `.notRunning`, also if the registry ends meanwhile; ``CallError``
    ///   `.timeout`; `CancellationError` if the wait is cancelled.
    public nonisolated(nonsending) func lock<Result>(
        _ key: Key, timeout: Duration? = .seconds(5), _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        let core = try running()
        guard let lock = try await core.locks.acquire(key, within: timeout, on: core.node) else {
            throw RegistryError(.notRunning, registry: text)
        }
        let cell = CurrentProcess.cell
        if let cell, !cell.own(lock) {
            lock.release()
            throw CallError(.killed, pid: cell.pid, call: "lock \(key)")
        }
        defer {
            cell?.disown(lock)
            lock.release()
        }
        return try await body()
    }
}
