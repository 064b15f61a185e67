/// Leads from a text to a thing without hashing it, where the text is the very one under which the thing was entered:
/// a literal is, wherever it is written, and so is each copy of a string.
///
/// Compares the words of which a string consists. **Invariants:** a text that stands here is kept by the owner of this
/// table for as long, so that its storage is nobody else's; equal words are then equal texts, as nobody changes storage
/// that is shared. Different words say nothing: the owner looks further. Guarded by the owner, and freed by it.
struct TextShortcuts {
    private struct Slot {
        var words: (UInt64, UInt64)
        var thing: Unmanaged<AnyObject>?
    }

    private static var mask: Int { 63 }
    /// Elsewhere a string is of another size, and this table stays empty.
    private static var isOfUse: Bool { MemoryLayout<String>.size == MemoryLayout<(UInt64, UInt64)>.size }

    private let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: Self.mask + 1)
        slots.initialize(repeating: Slot(words: (0, 0), thing: nil), count: Self.mask + 1)
    }

    private static func words(_ text: String) -> (UInt64, UInt64) { unsafeBitCast(text, to: (UInt64, UInt64).self) }

    private func slot(_ words: (UInt64, UInt64)) -> UnsafeMutablePointer<Slot> {
        let mixed = (words.0 ^ words.1 &* 31) &* 0x9E37_79B9_7F4A_7C15
        return slots + Int(truncatingIfNeeded: mixed >> 32) & Self.mask
    }

    /// What was entered under this very text, if it has not given way to another.
    func find(_ text: String) -> Unmanaged<AnyObject>? {
        guard Self.isOfUse else { return nil }
        let words = Self.words(text)
        let slot = slot(words)
        return slot.pointee.words == words ? slot.pointee.thing : nil
    }

    /// The text is to be one that the owner keeps.
    func enter(_ thing: Unmanaged<AnyObject>, as text: String) {
        guard Self.isOfUse else { return }
        let words = Self.words(text)
        slot(words).pointee = Slot(words: words, thing: thing)
    }

    /// Before the owner gives up the text, or the thing.
    func remove(_ thing: Unmanaged<AnyObject>) {
        for index in 0...Self.mask where slots[index].thing?.toOpaque() == thing.toOpaque() {
            slots[index] = Slot(words: (0, 0), thing: nil)
        }
    }
}
