/// An amount of money, in whole cents: no rounding anywhere.
public struct Cents: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let value: Int

    public init(_ value: Int) { self.value = value }

    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    public static func + (a: Cents, b: Cents) -> Cents { Cents(a.value + b.value) }
    public static func * (price: Cents, quantity: Int) -> Cents { Cents(price.value * quantity) }
    public static func < (a: Cents, b: Cents) -> Bool { a.value < b.value }

    /// "4.50".
    public var description: String {
        let cents = abs(value % 100)
        return "\(value < 0 ? "-" : "")\(abs(value) / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
