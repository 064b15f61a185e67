internal import Synchronization

/// The bounded queue of one worker: the worker pushes and pops, other workers steal half.
///
/// A ring of words. `head` is moved by compare-and-swap (owner and thieves), `tail` by the owner alone.
struct RunQueue: ~Copyable {
    static let capacity: UInt32 = 256
    private static var mask: UInt32 { capacity &- 1 }

    private let head = Atomic<UInt32>(0)
    private let tail = Atomic<UInt32>(0)
    private let slots: UnsafeMutablePointer<Atomic<UInt>>

    init() {
        slots = OwnLines.allocate(Atomic<UInt>.self, count: Int(Self.capacity))
        for i in 0..<Int(Self.capacity) { (slots + i).initialize(to: Atomic(0)) }
    }

    deinit {
        slots.deinitialize(count: Int(Self.capacity))
        slots.deallocate()
    }

    var count: UInt32 {
        let h = head.load(ordering: .relaxed)
        return tail.load(ordering: .relaxed) &- h
    }

    var isEmpty: Bool { count == 0 }

    /// Owner only. False when full.
    func push(_ item: RunItem) -> Bool {
        let t = tail.load(ordering: .relaxed)
        if t &- head.load(ordering: .acquiring) >= Self.capacity { return false }
        slots[Int(t & Self.mask)].store(item.bits, ordering: .relaxed)
        tail.store(t &+ 1, ordering: .releasing)
        return true
    }

    /// Owner only; oldest first.
    func pop() -> RunItem? {
        while true {
            let h = head.load(ordering: .acquiring)
            if tail.load(ordering: .relaxed) == h { return nil }
            let bits = slots[Int(h & Self.mask)].load(ordering: .relaxed)
            if head.compareExchange(expected: h, desired: h &+ 1, ordering: .acquiringAndReleasing).exchanged {
                return RunItem(bits: bits)
            }
        }
    }

    /// Owner only; the `index`-th oldest taken out, for the seeded scheduler that has no thieves.
    func take(at index: UInt32) -> RunItem? {
        let h = head.load(ordering: .acquiring)
        let t = tail.load(ordering: .relaxed)
        guard index < t &- h else { return nil }
        let chosen = slots[Int((h &+ index) & Self.mask)].load(ordering: .relaxed)
        var i = index
        while i > 0 {
            let before = slots[Int((h &+ i &- 1) & Self.mask)].load(ordering: .relaxed)
            slots[Int((h &+ i) & Self.mask)].store(before, ordering: .relaxed)
            i &-= 1
        }
        head.store(h &+ 1, ordering: .releasing)
        return RunItem(bits: chosen)
    }

    /// Any other worker: takes up to half, the first for itself and the rest into its own empty queue.
    func steal(into thief: borrowing RunQueue) -> RunItem? {
        while true {
            let h = head.load(ordering: .acquiring)
            let available = tail.load(ordering: .acquiring) &- h
            if available == 0 || available > Self.capacity { return nil }
            let wanted = available &- available / 2
            let start = thief.tail.load(ordering: .relaxed)
            let first = slots[Int(h & Self.mask)].load(ordering: .relaxed)
            var i: UInt32 = 1
            while i < wanted {
                let bits = slots[Int((h &+ i) & Self.mask)].load(ordering: .relaxed)
                thief.slots[Int((start &+ i &- 1) & Self.mask)].store(bits, ordering: .relaxed)
                i &+= 1
            }
            if head.compareExchange(expected: h, desired: h &+ wanted, ordering: .acquiringAndReleasing).exchanged {
                if wanted > 1 { thief.tail.store(start &+ wanted &- 1, ordering: .releasing) }
                return RunItem(bits: first)
            }
        }
    }
}
