internal import Synchronization

/// Free segments, each leading to the next by its own `next`.
struct SegmentChain {
    private var first: UInt = 0
    private(set) var count = 0

    mutating func push(_ segment: Segment) {
        segment.next.pointee.store(first, ordering: .relaxed)
        first = segment.bits
        count += 1
    }

    mutating func pop() -> Segment? {
        guard let segment = Segment(bits: first) else { return nil }
        first = segment.next.pointee.load(ordering: .relaxed)
        count -= 1
        return segment
    }
}

/// The free segments of one worker.
///
/// Where one worker sends to many processes that others run, segments wander from those to this one. They do so in
/// bundles, so that the pool's lock is taken once for many.
struct SegmentCache {
    static let bundle = 32
    private var free = SegmentChain()
    /// A bundle in reserve: neither taking nor giving goes to the pool each time when the cache is about full or empty.
    private var reserve = SegmentChain()

    mutating func take() -> Segment? {
        if let segment = free.pop() { return segment }
        free = reserve.count > 0 ? reserve : SegmentPool.takeBundle()
        reserve = SegmentChain()
        return free.pop()
    }

    mutating func give(_ segment: Segment) {
        if free.count == Self.bundle {
            if reserve.count > 0 { SegmentPool.give(reserve) }
            reserve = free
            free = SegmentChain()
        }
        free.push(segment)
    }
}

/// The free segments of everybody else: bundles for all, and caches for threads that are no workers, also while they
/// are lent to processes; several, so that such threads do not wait for each other.
// @unchecked because each cache is touched with its lock held.
struct SegmentPool: @unchecked Sendable {
    private static let most = 1024
    private static let bundles = LockedBox<[SegmentChain]>([])

    /// A bundle; an empty one if there is none.
    static func takeBundle() -> SegmentChain { bundles.withLock { $0.popLast() ?? SegmentChain() } }

    static func give(_ bundle: SegmentChain) {
        let isKept = bundles.withLock { bundles -> Bool in
            guard bundles.count * SegmentCache.bundle < most else { return false }
            bundles.append(bundle)
            return true
        }
        if isKept { return }
        var rest = bundle
        while let segment = rest.pop() { segment.base.deallocate() }
    }

    // MARK: threads that have no cache of their own

    private static let shared = SegmentPool()
    private let caches = LockedParts(ThreadPart.count) { SegmentCache() }

    static func take() -> Segment? { shared.caches.withLock(ThreadPart.index) { $0.take() } }
    static func give(_ segment: Segment) { shared.caches.withLock(ThreadPart.index) { $0.give(segment) } }
}
