internal import Synchronization

/// What has no room in a worker's queue, behind which it stands: in order, without bounds. The worker adds to it and takes
/// from it; others take from its front, many at a time.
///
/// Each worker has its own, so that what it starts it also ends, if nobody else has the time: the queue shared by all was
/// one lock for whatever several processes started in one go, and what one worker had allocated others freed.
struct WorkerBacklog: ~Copyable {
    /// So many go into a worker's queue at a time.
    static var most: Int { 128 }

    private let lock = SpinLock()
    private let length = Atomic<Int>(0)
    private let items: UnsafeMutablePointer<RingBuffer<UInt>>

    init() {
        items = .allocate(capacity: 1)
        items.initialize(to: RingBuffer())
    }

    deinit {
        items.deinitialize(count: 1)
        items.deallocate()
    }

    var isEmpty: Bool { length.load(ordering: .relaxed) == 0 }

    /// The worker itself only.
    func append(_ item: RunItem) {
        lock.lock()
        items.pointee.append(item.bits)
        length.store(items.pointee.count, ordering: .relaxed)
        lock.unlock()
    }

    /// The oldest; as many of the next as there are, up to a limit, go into `queue`, which belongs to whoever takes them.
    ///
    /// - Parameter isOwner: Another worker leaves half of them.
    func take(into queue: borrowing RunQueue, isOwner: Bool) -> RunItem? {
        if isEmpty { return nil }
        lock.lock()
        defer { lock.unlock() }
        let available = items.pointee.count
        let count = min(isOwner ? available : available - available / 2, Self.most)
        guard let first = items.pointee.popFirst() else { return nil }
        for _ in 1..<max(count, 1) {
            // There is room: whoever takes has nothing else. If that were not so, the rest stays where it is.
            guard let next = items.pointee.first, queue.push(RunItem(bits: next)) else { break }
            _ = items.pointee.popFirst()
        }
        length.store(items.pointee.count, ordering: .relaxed)
        return RunItem(bits: first)
    }
}
