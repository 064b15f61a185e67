public import Foundation

/// What may be changed while the shop runs: a few values, each with what it may be.
public struct ShopConfiguration: Hashable, Sendable {
    public enum Key: String, CaseIterable, Sendable {
        case greeting
        case profilePatience = "profile-patience"
        case recentOrders = "recent-orders"
        case suggestions

        /// What it decides.
        public var meaning: String {
            switch self {
            case .greeting: "what the first page and profiles begin with"
            case .profilePatience: "milliseconds that a profile waits for its sources"
            case .recentOrders: "orders that a profile shows"
            case .suggestions: "products that a profile suggests"
            }
        }
    }

    public private(set) var greeting = "Welcome"
    public private(set) var profilePatience = 500
    public private(set) var recentOrders = 5
    public private(set) var suggestions = 3

    public init() {}

    /// From a JSON object of strings; what it does not name is as ever.
    public init(json: Data) throws(Problem) {
        guard let values = try? JSONDecoder().decode([String: String].self, from: json) else {
            throw .invalid("bad_configuration", "a configuration is a JSON object of strings")
        }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { try set(Self.key(name), to: value) }
    }

    /// The key of that name.
    public static func key(_ name: String) throws(Problem) -> Key {
        guard let key = Key(rawValue: name) else {
            let all = Key.allCases.map(\.rawValue).joined(separator: ", ")
            throw .notFound("there is no '\(name)' in the configuration; there are \(all)")
        }
        return key
    }

    public subscript(key: Key) -> String {
        switch key {
        case .greeting: greeting
        case .profilePatience: "\(profilePatience)"
        case .recentOrders: "\(recentOrders)"
        case .suggestions: "\(suggestions)"
        }
    }

    /// All values by name.
    public var values: [String: String] {
        Dictionary(uniqueKeysWithValues: Key.allCases.map { ($0.rawValue, self[$0]) })
    }

    public mutating func set(_ key: Key, to text: String) throws(Problem) {
        switch key {
        case .greeting:
            guard (1...80).contains(text.count), !text.contains(where: \.isNewline) else {
                throw Self.bad(key, "a line of 1 to 80 characters")
            }
            greeting = text
        case .profilePatience: profilePatience = try Self.number(text, key, 10...2_000)
        case .recentOrders: recentOrders = try Self.number(text, key, 0...50)
        case .suggestions: suggestions = try Self.number(text, key, 0...10)
        }
    }

    private static func number(_ text: String, _ key: Key, _ range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw bad(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func bad(_ key: Key, _ what: String) -> Problem {
        .invalid("bad_value", "'\(key.rawValue)' must be \(what)")
    }
}
