/// Children in the order of their start. Looking up by id, adding and removing take constant time; a child keeps its
/// slot for as long as it is listed.
struct ChildList: Sendable {
    private struct Node: Sendable {
        // In its place also where there is none, so that to look into one copies nothing of it.
        var child: SupervisedChild
        var isFree: Bool
        var previous: Int?
        var next: Int?
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    private var slots: [ChildID: Int] = [:]
    private var orders: UInt64 = 0
    private(set) var first: Int?
    private(set) var last: Int?

    var count: Int { slots.count }

    /// The child in an occupied slot.
    subscript(slot: Int) -> SupervisedChild {
        @inline(__always) _read {
            precondition(!nodes[slot].isFree, "no child in slot \(slot)")
            yield nodes[slot].child
        }
        @inline(__always) _modify {
            precondition(!nodes[slot].isFree, "no child in slot \(slot)")
            yield &nodes[slot].child
        }
    }

    func slot(of id: ChildID) -> Int? { slots[id] }
    func slot(before slot: Int) -> Int? { nodes[slot].previous }
    func slot(after slot: Int) -> Int? { nodes[slot].next }

    /// The slot, if that life of its child is the present one.
    func slot(of ref: ChildRef) -> Int? {
        guard ref.slot < nodes.count, !nodes[ref.slot].isFree, nodes[ref.slot].child.life == ref.life else {
            return nil
        }
        return ref.slot
    }

    /// Adds a child at the end; its id must not be listed yet.
    mutating func append(_ spec: ChildSpec, isDeclared: Bool) -> Int {
        orders += 1
        let child = SupervisedChild(spec: spec, isDeclared: isDeclared, order: orders)
        let node = Node(child: child, isFree: false, previous: last, next: nil)
        let slot: Int
        if let reused = free.popLast() {
            nodes[reused] = node
            slot = reused
        } else {
            slot = nodes.count
            nodes.append(node)
        }
        if let last { nodes[last].next = slot } else { first = slot }
        last = slot
        let replaced = slots.updateValue(slot, forKey: spec.id)
        precondition(replaced == nil, "two children with the id \(spec.id)")
        return slot
    }

    mutating func remove(_ slot: Int) {
        let (previous, next) = (nodes[slot].previous, nodes[slot].next)
        slots[self[slot].spec.id] = nil
        if let previous { nodes[previous].next = next } else { first = next }
        if let next { nodes[next].previous = previous } else { last = previous }
        nodes[slot] = Node(child: .none, isFree: true, previous: nil, next: nil)
        free.append(slot)
    }
}

extension ChildList: Sequence {
    /// Slots in the order of start.
    func makeIterator() -> AnyIterator<Int> {
        var next = first
        return AnyIterator {
            defer { next = next.flatMap { nodes[$0].next } }
            return next
        }
    }
}
