/// Calls that wait for a process, whose replies it owes: neighbours of each other, without memory of the list's own. Guarded
/// by its owner.
struct DebtList {
    private(set) var first: CallSlot?

    mutating func enter(_ slot: CallSlot) {
        slot.body.pointee.next = first
        slot.body.pointee.previous = nil
        slot.body.pointee.isListed = true
        first?.body.pointee.previous = slot
        first = slot
    }

    /// Nothing, if it has been taken out before.
    mutating func remove(_ slot: CallSlot) {
        guard slot.body.pointee.isListed else { return }
        let next = slot.body.pointee.next
        let previous = slot.body.pointee.previous
        if let previous { previous.body.pointee.next = next } else { first = next }
        next?.body.pointee.previous = previous
        Self.clear(slot)
    }

    /// Takes all out, and hands each to `body`.
    mutating func removeAll(_ body: (CallSlot) -> Void) {
        while let slot = first {
            first = slot.body.pointee.next
            Self.clear(slot)
            body(slot)
        }
    }

    private static func clear(_ slot: CallSlot) {
        slot.body.pointee.isListed = false
        slot.body.pointee.next = nil
        slot.body.pointee.previous = nil
    }

    // MARK: as one word

    /// The first as a number; 0: there is none. The lowest bit is free for its owner.
    var word: UInt { UInt(bitPattern: first?.body) }

    init(word: UInt) { first = UnsafeMutablePointer<CallSlot.Body>(bitPattern: word).map(CallSlot.init(body:)) }
    init() {}
}
