/// One run of one child: its place and which of its lives. What is said about an earlier life is recognised and ignored.
struct ChildRef: Hashable, Sendable {
    let slot: Int
    /// Counted over all children of a supervisor, from 1.
    let life: UInt64

    /// Small numbers that the supervisor has given out itself: one multiplication spreads them, at a tenth of what the
    /// standard library's hash costs.
    func _rawHashValue(seed: Int) -> Int {
        let number = UInt(truncatingIfNeeded: life) &* 31 &+ UInt(bitPattern: slot) ^ UInt(bitPattern: seed)
        let (high, low) = number.multipliedFullWidth(by: UInt(truncatingIfNeeded: 0x9E37_79B9_7F4A_7C15 as UInt64))
        return Int(bitPattern: high ^ low)
    }
}
