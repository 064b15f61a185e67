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

/// The free segments of everybody else.
enum SegmentPool {
    private static let most = 1024
    private static let pool = LockedBox<(bundles: [SegmentChain], loose: SegmentChain)>(([], SegmentChain()))

    /// A bundle; an empty one if there is none.
    static func takeBundle() -> SegmentChain { pool.withLock { $0.bundles.popLast() ?? SegmentChain() } }

    static func give(_ bundle: SegmentChain) {
        let isKept = pool.withLock { pool -> Bool in
            guard pool.bundles.count * SegmentCache.bundle < most else { return false }
            pool.bundles.append(bundle)
            return true
        }
        if isKept { return }
        var rest = bundle
        while let segment = rest.pop() { segment.base.deallocate() }
    }

    /// For threads that have no cache.
    static func take() -> Segment? {
        pool.withLock { pool in
            if pool.loose.count == 0, let bundle = pool.bundles.popLast() { pool.loose = bundle }
            return pool.loose.pop()
        }
    }

    static func give(_ segment: Segment) {
        pool.withLock { pool in
            if pool.loose.count == SegmentCache.bundle {
                if pool.bundles.count * SegmentCache.bundle < most {
                    pool.bundles.append(pool.loose)
                    pool.loose = SegmentChain()
                } else {
                    segment.base.deallocate()
                    return
                }
            }
            pool.loose.push(segment)
        }
    }
}
