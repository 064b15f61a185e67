/// The memory of a wheel's timers: nodes in chunks, each known by a number that does not change while it is in use.
///
/// All that is unsafe about a wheel stands here, but for the two arrays of its slots, which never change their place. What
/// has to hold, and is checked in debug builds:
/// - a number that is given out lies in a chunk that exists; 0 is never given out;
/// - a node in use has an order above 0, a free one has 0 and stands in the list of free ones of its chunk;
/// - a chunk stands among those with room if and only if it has a free node;
/// - a chunk without a node in use is given back, unless it is the only such one.
///
/// Whoever uses it guards it by a lock, and keeps no pointer to a node beyond that.
struct TimerSlab<Body: BitwiseCopyable>: ~Copyable {
    struct Node {
        var deadline: UInt64
        /// Never the same twice: tells this timer from any other that has had or will have this node. 0: free.
        var order: UInt64
        /// Neighbours in the list of a slot, or of free nodes. 0: none.
        var next: UInt32
        var previous: UInt32
        /// Neighbours in the chain of those that belong together.
        var chainNext: UInt32
        var chainPrevious: UInt32
        var body: Body
        /// Where it waits.
        var place: UInt16
    }

    private struct Chunk {
        var nodes: UnsafeMutablePointer<Node>?
        /// The first free node. 0: none.
        var free: UInt32
        var inUse: UInt32
        /// Neighbours among the chunks with room, or of numbers without a chunk.
        var next: UInt32
        var previous: UInt32
    }

    private static var bits: UInt32 { 8 }
    private static var perChunk: UInt32 { 1 << bits }

    private var chunks = UnsafeMutablePointer<Chunk>.allocate(capacity: 4)
    private var capacity: UInt32 = 4
    /// How many numbers of chunks have been used. The first is none, so that no node has the number 0.
    private var chunkCount: UInt32 = 1
    private var withRoom: UInt32 = 0
    private var vacant: UInt32 = 0
    private var unused = 0

    /// How many nodes are in use.
    private(set) var count = 0
    /// How many chunks exist.
    private(set) var size = 0

    init() {}

    deinit {
        for number in 1..<max(1, chunkCount) { chunks[Int(number)].nodes?.deallocate() }
        chunks.deallocate()
    }

    /// The node of that number, which is in use.
    @inline(__always) func at(_ index: UInt32) -> UnsafeMutablePointer<Node> {
        assert(index >> Self.bits > 0 && index >> Self.bits < chunkCount, "no such chunk")
        assert(chunks[Int(index >> Self.bits)].nodes != nil, "the chunk was given back")
        return chunks[Int(index >> Self.bits)].nodes.unsafelyUnwrapped + Int(index & (Self.perChunk - 1))
    }

    /// The node of that number, if it is in use at all.
    @inline(__always) func ifInUse(_ index: UInt32) -> UnsafeMutablePointer<Node>? {
        let number = index >> Self.bits
        guard number > 0, number < chunkCount, let nodes = chunks[Int(number)].nodes else { return nil }
        let node = nodes + Int(index & (Self.perChunk - 1))
        return node.pointee.order == 0 ? nil : node
    }

    /// A node for a new timer.
    @inline(__always) mutating func allocate() -> UInt32 {
        if withRoom == 0 { addChunk() }
        let chunk = chunks + Int(withRoom)
        let index = chunk.pointee.free
        assert(at(index).pointee.order == 0, "a node in use stands among the free ones")
        if chunk.pointee.inUse == 0 { unused -= 1 }
        chunk.pointee.inUse += 1
        chunk.pointee.free = at(index).pointee.next
        if chunk.pointee.free == 0 { leaveRoom(withRoom) }
        count += 1
        return index
    }

    /// The timer of this node is over.
    @inline(__always) mutating func free(_ index: UInt32) {
        let number = index >> Self.bits
        let chunk = chunks + Int(number)
        let node = at(index)
        assert(node.pointee.order != 0, "freed twice")
        node.pointee.order = 0
        node.pointee.next = chunk.pointee.free
        if chunk.pointee.free == 0 { enterRoom(number) }
        chunk.pointee.free = index
        chunk.pointee.inUse -= 1
        count -= 1
        if chunk.pointee.inUse == 0 { emptied(number) }
    }

    private mutating func enterRoom(_ number: UInt32) {
        chunks[Int(number)].previous = 0
        chunks[Int(number)].next = withRoom
        if withRoom != 0 { chunks[Int(withRoom)].previous = number }
        withRoom = number
    }

    private mutating func leaveRoom(_ number: UInt32) {
        let (previous, next) = (chunks[Int(number)].previous, chunks[Int(number)].next)
        if previous == 0 { withRoom = next } else { chunks[Int(previous)].next = next }
        if next != 0 { chunks[Int(next)].previous = previous }
    }

    /// One without a timer is kept, so that a program that always has a few does not ask for memory again and again.
    @inline(never) private mutating func emptied(_ number: UInt32) {
        if unused == 0 {
            unused = 1
            return
        }
        leaveRoom(number)
        chunks[Int(number)].nodes?.deallocate()
        chunks[Int(number)].nodes = nil
        chunks[Int(number)].next = vacant
        vacant = number
        size -= 1
    }

    @inline(never) private mutating func addChunk() {
        let number: UInt32
        if vacant != 0 {
            number = vacant
            vacant = chunks[Int(number)].next
        } else {
            if chunkCount == capacity { grow() }
            number = chunkCount
            precondition(number < 1 << (32 - Self.bits), "too many timers")
            chunkCount += 1
        }
        let nodes = UnsafeMutablePointer<Node>.allocate(capacity: Int(Self.perChunk))
        let first = number << Self.bits
        for offset in 0..<Self.perChunk {
            // What a node does not have while it is free is written when it is given out.
            UnsafeMutableRawPointer(nodes + Int(offset)).initializeMemory(
                as: UInt8.self, repeating: 0, count: MemoryLayout<Node>.stride)
            nodes[Int(offset)].next = offset + 1 < Self.perChunk ? first + offset + 1 : 0
        }
        (chunks + Int(number)).initialize(to: Chunk(nodes: nodes, free: first, inUse: 0, next: 0, previous: 0))
        enterRoom(number)
        unused += 1
        size += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Chunk>.allocate(capacity: Int(capacity) * 2)
        (larger + 1).moveInitialize(from: chunks + 1, count: Int(chunkCount) - 1)
        chunks.deallocate()
        chunks = larger
        capacity *= 2
    }
}
