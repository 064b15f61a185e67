/// What a run was, for whoever judges it later.
public struct RunRecord: Codable, Hashable, Sendable {
    public var seed: UInt64
    public var seconds: Int
    public var clients: Int
    /// Each must have been done at least `fewestFaultsOfAKind` times.
    public var faultKinds: [String]
    public var fewestOrders: Int
    public var fewestFaultsOfAKind: Int
    /// Milliseconds.
    public var longestUnanswered: Double
    /// Milliseconds.
    public var longestRecovery: Double
    /// Milliseconds; a page waits much less for its sources.
    public var longestProfile: Double
    /// As the shop counted them at the end; nil when it could not be asked.
    public var restarts: Int?
    /// Database connections that did not come back to their pool when all requests had been answered.
    public var connectionsLent: Int?
    /// Order events that did not come to a handler that was there, as the shop counted.
    public var eventsLost: Int?
    /// How the shop's own process ended: "exit 0", "signal 9".
    public var shopEnd: String?

    public init(
        seed: UInt64, seconds: Int, clients: Int, faultKinds: [String], fewestOrders: Int = 500,
        fewestFaultsOfAKind: Int = 10, longestUnanswered: Double = 10_000, longestRecovery: Double = 5_000,
        longestProfile: Double = 2_500, restarts: Int? = nil, connectionsLent: Int? = nil, eventsLost: Int? = nil,
        shopEnd: String? = nil
    ) {
        self.seed = seed
        self.seconds = seconds
        self.clients = clients
        self.faultKinds = faultKinds
        self.fewestOrders = fewestOrders
        self.fewestFaultsOfAKind = fewestFaultsOfAKind
        self.longestUnanswered = longestUnanswered
        self.longestRecovery = longestRecovery
        self.longestProfile = longestProfile
        self.restarts = restarts
        self.connectionsLent = connectionsLent
        self.eventsLost = eventsLost
        self.shopEnd = shopEnd
    }
}
