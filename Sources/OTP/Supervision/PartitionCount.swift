internal import Synchronization

/// How many partitions of a running supervisor are in use. Read without a lock by everybody who looks one up.
final class PartitionCount: Sendable {
    /// How many it began with: never more.
    let most: Int
    private let inUse: Atomic<Int>
    /// How many are wanted: where those who resize meet.
    private let target: LockedBox<Int>

    init(_ most: Int) {
        self.most = most
        inUse = Atomic(most)
        target = LockedBox(most)
    }

    var count: Int { inUse.load(ordering: .acquiring) }
    var wanted: Int { target.get() }

    /// From now on `count` are wanted: fewer at once, more when they run. Returns how many were wanted before.
    func want(_ count: Int) -> Int {
        target.withLock { target in
            defer { target = count }
            if count < inUse.load(ordering: .relaxed) { inUse.store(count, ordering: .releasing) }
            return target
        }
    }

    /// As many as are wanted run. False: meanwhile another number is wanted.
    func settle(_ count: Int) -> Bool {
        target.withLock { target in
            guard target == count else { return false }
            inUse.store(count, ordering: .releasing)
            return true
        }
    }

    /// More could not be had: what is in use stays so.
    func giveUp(_ count: Int) {
        target.withLock { target in
            if target == count { target = inUse.load(ordering: .relaxed) }
        }
    }
}
