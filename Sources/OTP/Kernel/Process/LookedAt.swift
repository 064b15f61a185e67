/// The place of a message that code of the user's looks at, which may take back others meanwhile, or this one, by ending a
/// monitor.
struct LookedAt {
    private(set) var index: Int
    /// Whether the message is still there; otherwise the next one is in its place.
    private(set) var isThere = true

    init(_ index: Int) { self.index = index }

    /// One of the messages has been taken out.
    mutating func removed(at other: Int) {
        if other < index { index -= 1 } else if other == index, isThere { isThere = false }
    }
}
