/// How far a fault may be felt. What lies beyond must not notice it.
public struct Reach: Codable, Hashable, Sendable {
    /// Operations of clients, and parts of profiles, that may fail while the fault is open; "*" for any.
    public var operations: [String]
    /// Clients that may notice; nil for all.
    public var clients: [Int]?
    /// Carts may end with what is in them.
    public var losesCarts: Bool
    /// Sessions may end.
    public var losesSessions: Bool
    /// Milliseconds after which it counts as over, even if nothing was seen to serve again.
    public var longest: Double

    public init(
        _ operations: [String], clients: [Int]? = nil, losesCarts: Bool = false, losesSessions: Bool = false,
        longest: Double = 2_000
    ) {
        self.operations = operations
        self.clients = clients
        self.losesCarts = losesCarts
        self.losesSessions = losesSessions
        self.longest = longest
    }

    public static let nothing = Reach([])

    /// A part of a profile, which may be missing when the page as a whole comes.
    public static func part(_ name: String) -> String { "profile/\(name)" }

    /// What customers ask about money.
    public static let payments = ["checkout", "checkout-once", "refund"]

    public func touches(_ operation: String, of client: Int) -> Bool {
        (operations.contains("*") || operations.contains(operation)) && (clients?.contains(client) ?? true)
    }

    /// Whether anybody may notice anything.
    public var isEmpty: Bool { operations.isEmpty || clients?.isEmpty == true }
}
