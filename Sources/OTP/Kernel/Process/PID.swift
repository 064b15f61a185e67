/// The identity of one process, unique for the life of its node and never reused.
///
/// Prints as `<node.number.0>`. A PID says nothing about whether the process lives. Erlang: `pid()`.
/// (An *OTP process*, not a process of the operating system.)
public struct PID: Hashable, Sendable, Comparable {
    /// Node in the upper 16 bits, number in the lower 48.
    @usableFromInline let raw: UInt64

    @usableFromInline init(raw: UInt64) { self.raw = raw }

    @usableFromInline init(node: UInt16, number: UInt64) {
        raw = UInt64(node) << 48 | (number & 0xFFFF_FFFF_FFFF)
    }

    /// The number of the process on its node, from 1. Each worker takes numbers in blocks, for what is spawned there.
    public var number: UInt64 { raw & 0xFFFF_FFFF_FFFF }

    /// Which node of this program the process belongs to.
    public var node: UInt16 { UInt16(truncatingIfNeeded: raw >> 48) }

    /// Numbers that nobody chooses: one multiplication spreads them, at a tenth of what the standard library's hash costs.
    /// Not to be called; tables do.
    @inlinable public func _rawHashValue(seed: Int) -> Int {
        let number = UInt(truncatingIfNeeded: raw) ^ UInt(bitPattern: seed)
        let (high, low) = number.multipliedFullWidth(by: UInt(truncatingIfNeeded: 0x9E37_79B9_7F4A_7C15 as UInt64))
        return Int(bitPattern: high ^ low)
    }

    /// By node, then by number, for sorting: which one is greater says nothing of their ages.
    public static func < (a: PID, b: PID) -> Bool { a.raw < b.raw }
}

extension PID: CustomStringConvertible {
    public var description: String { "<\(node).\(number).0>" }
}

extension PID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let pid = PID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a process identity such as <0.42.0>, got \(text)")
        }
        self = pid
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Reads what ``description`` printed; nil for any other text. Erlang: `list_to_pid/1`.
    public init?(_ text: String) {
        guard text.hasPrefix("<"), text.hasSuffix(">") else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let node = UInt16(parts[0]), let number = UInt64(parts[1]), parts[2] == "0",
            number < 1 << 48
        else { return nil }
        self.init(node: node, number: number)
    }
}
