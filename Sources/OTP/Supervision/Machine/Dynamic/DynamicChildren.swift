/// The children of a dynamic supervisor, each in a slot of its own. A slot is used again when its child is gone; who was
/// meant is told by the life that stands in it.
///
/// Entries lie in the array itself, free ones too, whose life is 0: to look into one copies nothing of it.
struct DynamicChildren: Sendable {
    private var slots: [DynamicChild] = []
    private var free: [Int] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The child in an occupied slot, in its place.
    subscript(slot: Int) -> DynamicChild {
        _read {
            precondition(slots[slot].life != 0, "no child in slot \(slot)")
            yield slots[slot]
        }
        _modify {
            precondition(slots[slot].life != 0, "no child in slot \(slot)")
            yield &slots[slot]
        }
    }

    /// Whether that life of its child is the present one.
    func isPresent(_ ref: ChildRef) -> Bool { ref.slot < slots.count && slots[ref.slot].life == ref.life }

    /// Whether the child whose zombie this is has not been forgotten.
    func hasZombie(_ ref: ChildRef) -> Bool { ref.slot < slots.count && slots[ref.slot].zombie == ref }

    /// Lists a child and returns its slot.
    mutating func insert(_ child: consuming DynamicChild) -> Int {
        count += 1
        if let slot = free.popLast() {
            slots[slot] = child
            return slot
        }
        slots.append(child)
        return slots.count - 1
    }

    mutating func remove(_ slot: Int) {
        precondition(slots[slot].life != 0, "no child in slot \(slot)")
        slots[slot].vacate()
        free.append(slot)
        count -= 1
    }

    /// The occupied slots, in the order of their children's first start.
    var inOrder: [Int] {
        slots.indices.filter { slots[$0].life != 0 }.sorted { slots[$0].order < slots[$1].order }
    }

    /// How many of them are as `isCounted` says.
    func count(where isCounted: (borrowing DynamicChild) -> Bool) -> Int {
        slots.indices.count { slots[$0].life != 0 && isCounted(slots[$0]) }
    }
}
