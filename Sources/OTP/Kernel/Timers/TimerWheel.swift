/// The pending deadlines: setting, moving and cancelling one takes the same time however many there are.
///
/// Pure: it knows nothing of clocks, locks or what a deadline means. Deadlines lie in slots of a wheel with eight levels:
/// those of the lowest are a quarter of a millisecond wide, those of each further one 64 times as wide as those below it.
/// A deadline's level is that of the highest digit in which it differs from the horizon, so that everything of a lower
/// level comes before everything of a higher one. What lies before the horizon stands in a small heap and comes in the
/// exact order: earliest first, equal ones by the order that they were given.
struct TimerWheel<Body: BitwiseCopyable>: ~Copyable {
    typealias Node = TimerSlab<Body>.Node

    private enum Place {
        /// In no slot and not in the heap: it is out, or waits to be set again.
        static var out: UInt16 { 0xFFFF }
        static var near: UInt16 { 0xFFFE }
    }

    /// Nanoseconds in a slot of the lowest level, as a power of two.
    private static var tickBits: UInt64 { 18 }
    private static var levelCount: Int { 8 }

    private var slab = TimerSlab<Body>()
    private var near = TimerQueue<UInt32>()
    /// Entries of the heap whose timers are gone.
    private var voidCount = 0
    /// What lies before it, in ticks, is in the heap.
    private var horizon: UInt64 = 0
    private let heads = UnsafeMutablePointer<UInt32>.allocate(capacity: levelCount * 64)
    /// Which slots of each level are not empty, and which levels.
    private let occupied = UnsafeMutablePointer<UInt64>.allocate(capacity: levelCount)
    private var levels: UInt64 = 0

    init() {
        heads.initialize(repeating: 0, count: Self.levelCount * 64)
        occupied.initialize(repeating: 0, count: Self.levelCount)
    }

    deinit {
        heads.deallocate()
        occupied.deallocate()
    }

    /// How many timers there are, those included that are out.
    var count: Int { slab.count }
    /// How many entries the heap has, void ones included.
    var nearCount: Int { near.count }
    /// In how many pieces of memory they lie.
    var size: Int { slab.size }

    /// The timer of that number. Valid until the next change.
    @inline(__always) func node(_ index: UInt32) -> UnsafeMutablePointer<Node> { slab.at(index) }

    /// The timer of that number, if there is one. Valid until the next change.
    @inline(__always) func find(_ index: UInt32) -> UnsafeMutablePointer<Node>? { slab.ifInUse(index) }

    /// Adds a timer, of which nobody else has the order, and returns its number.
    @inline(__always) mutating func insert(_ body: Body, at deadline: UInt64, order: UInt64) -> UInt32 {
        let index = slab.allocate()
        let node = slab.at(index)
        node.pointee.deadline = deadline
        node.pointee.order = order
        node.pointee.chainNext = 0
        node.pointee.chainPrevious = 0
        node.pointee.body = body
        settle(index, node)
        return index
    }

    /// Takes a timer out and forgets it.
    @inline(__always) mutating func remove(_ index: UInt32) {
        takeOut(index)
        slab.free(index)
    }

    /// Whether a timer has come up and is neither set anew nor removed.
    func isOut(_ index: UInt32) -> Bool { slab.at(index).pointee.place == Place.out }

    /// Sets a timer that is out to a new time.
    mutating func reset(_ index: UInt32, at deadline: UInt64, order: UInt64) {
        let node = slab.at(index)
        assert(node.pointee.place == Place.out, "it is set already")
        node.pointee.deadline = deadline
        node.pointee.order = order
        settle(index, node)
    }

    /// Takes out the earliest timer if it is due at `now`; it keeps its number until it is removed.
    mutating func popDue(at now: UInt64) -> UInt32? {
        if now >> Self.tickBits >= horizon { advance(past: now >> Self.tickBits) }
        while let entry = near.popDue(at: now) {
            if let node = current(entry) {
                node.pointee.place = Place.out
                return entry.target
            }
            voidCount -= 1
        }
        return nil
    }

    /// When the earliest timer is due, or a time before that at which to ask again; nil if none is set.
    ///
    /// - Parameter limit: How many timers may be looked at: with all of them the answer is exact.
    mutating func earliest(lookingAt limit: Int = .max) -> UInt64? {
        while let entry = near.first {
            if current(entry) != nil { return entry.deadline }
            _ = near.popDue(at: .max)
            voidCount -= 1
        }
        guard levels != 0 else { return nil }
        let (level, slot) = firstSlot
        var index = heads[level << 6 | slot]
        var least = UInt64.max
        var left = limit
        while index != 0 {
            if left == 0 { return start(level, slot) << Self.tickBits }
            left -= 1
            least = min(least, slab.at(index).pointee.deadline)
            index = slab.at(index).pointee.next
        }
        return least
    }

    // MARK: slots

    /// The timer of an entry in the heap, if that is where it waits.
    private func current(_ entry: TimerQueue<UInt32>.Entry) -> UnsafeMutablePointer<Node>? {
        guard let node = slab.ifInUse(entry.target), node.pointee.order == entry.order else { return nil }
        return node.pointee.place == Place.near ? node : nil
    }

    @inline(__always) private mutating func settle(_ index: UInt32, _ node: UnsafeMutablePointer<Node>) {
        let tick = node.pointee.deadline >> Self.tickBits
        guard tick >= horizon else {
            node.pointee.place = Place.near
            near.insert(index, at: node.pointee.deadline, order: node.pointee.order)
            return
        }
        let highest = 63 - (tick ^ horizon | 1).leadingZeroBitCount
        let level = highest / 6
        let place = level << 6 | Int(truncatingIfNeeded: tick >> UInt64(level * 6)) & 63
        let head = heads[place]
        node.pointee.place = UInt16(truncatingIfNeeded: place)
        node.pointee.previous = 0
        node.pointee.next = head
        heads[place] = index
        if head != 0 {
            slab.at(head).pointee.previous = index
        } else {
            occupied[level] |= 1 << UInt64(place & 63)
            levels |= 1 << UInt64(level)
        }
    }

    @inline(__always) private mutating func takeOut(_ index: UInt32) {
        let node = slab.at(index)
        let place = node.pointee.place
        if place == Place.out { return }
        node.pointee.place = Place.out
        if place == Place.near { return noteVoid() }
        let (previous, next) = (node.pointee.previous, node.pointee.next)
        if next != 0 { slab.at(next).pointee.previous = previous }
        if previous != 0 {
            slab.at(previous).pointee.next = next
            return
        }
        heads[Int(place)] = next
        if next == 0 { clear(Int(place) >> 6, Int(place) & 63) }
    }

    private mutating func clear(_ level: Int, _ slot: Int) {
        occupied[level] &= ~(1 << UInt64(slot))
        if occupied[level] == 0 { levels &= ~(1 << UInt64(level)) }
    }

    /// An entry of the heap has become void: they go when they are many.
    private mutating func noteVoid() {
        voidCount += 1
        guard voidCount > 32, voidCount > near.count / 2 else { return }
        var rest = TimerQueue<UInt32>()
        swap(&rest, &near)
        rest.compact { current($0) != nil }
        near = rest
        voidCount = 0
    }

    private var firstSlot: (level: Int, slot: Int) {
        let level = levels.trailingZeroBitCount
        return (level, occupied[level].trailingZeroBitCount)
    }

    /// The first tick of a slot.
    private func start(_ level: Int, _ slot: Int) -> UInt64 {
        let above = UInt64(level * 6 + 6)
        return (horizon >> above) << above | UInt64(slot) << UInt64(level * 6)
    }

    /// Moves everything up to `tick` into the heap, and what comes soon after it to lower levels.
    private mutating func advance(past tick: UInt64) {
        let target = tick + 1
        while levels != 0 {
            let (level, slot) = firstSlot
            let start = start(level, slot)
            // A slot of a higher level that begins at the horizon is to be there no longer.
            if level == 0 ? start >= target : start > target { break }
            horizon = level == 0 ? start + 1 : start
            var index = heads[level << 6 | slot]
            heads[level << 6 | slot] = 0
            clear(level, slot)
            while index != 0 {
                let node = slab.at(index)
                let next = node.pointee.next
                settle(index, node)
                index = next
            }
        }
        horizon = target
    }
}
