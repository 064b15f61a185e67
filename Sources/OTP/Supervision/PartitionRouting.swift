/// Decides which partition a key belongs to.
///
/// Whole numbers go by their magnitude, text by a hash of its own, which is the same in every run of the program;
/// anything else by Swift's hash, which is the same for the length of one run.
enum PartitionRouting {
    /// The partition of `key` among `count`, which is above zero.
    static func partition(of key: some Hashable, among count: Int) -> Int {
        Int(hash(of: key) % UInt64(count))
    }

    private static func hash(of key: some Hashable) -> UInt64 {
        if let text = key as? String { return hash(of: text) }
        if let number = key as? any BinaryInteger { return magnitude(of: number) }
        return UInt64(bitPattern: Int64(key.hashValue))
    }

    private static func magnitude(of number: some BinaryInteger) -> UInt64 {
        UInt64(truncatingIfNeeded: number.magnitude)
    }

    /// FNV-1a over the text's UTF-8, mixed once more, for its low bits alone are not even enough.
    private static func hash(of text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 33)
    }
}
