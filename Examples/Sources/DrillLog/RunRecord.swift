/// What a run was, for whoever judges it later.
public struct RunRecord: Codable, Hashable, Sendable {
    public var seed: UInt64
    public var seconds: Int
    /// Polite ones: they have the numbers from 0 on.
    public var clients: Int
    /// Numbers of clients that misbehave on purpose; what becomes of them is no failure.
    public var offenders: [Int]
    /// Each must have been done at least `limits.fewestFaultsOfAKind` times.
    public var faultKinds: [String]
    /// How many faults the plan holds.
    public var planned: Int
    public var limits: Limits
    /// As the shop counted them; nil when it could not be asked.
    public var restarts: Int?
    /// Database connections that did not come back to their pool when all requests had been answered.
    public var connectionsLent: Int?
    /// Order events that did not come to a handler that was there, as the shop counted.
    public var eventsLost: Int?
    /// How the shop's own process ended at last: "exit 0", "signal 9".
    public var shopEnd: String?
    /// Where and how it ran: "release, 4 processors, load 0.4 before".
    public var machine: String?

    /// What a run is measured by.
    public struct Limits: Codable, Hashable, Sendable {
        public var fewestOrders = 1_000
        public var fewestFaultsOfAKind = 10
        /// Of the plan.
        public var largestShareSkipped = 0.05
        /// Of the time, without a fault that anybody may notice.
        public var smallestQuietShare = 0.3
        /// Of the answers to polite clients, told to slow down.
        public var largestShareRefused = 0.01
        /// Milliseconds.
        public var longestUnanswered = 10_000.0
        /// Milliseconds.
        public var longestRecovery = 5_000.0
        /// Milliseconds; a page waits much less for its sources.
        public var longestProfile = 2_500.0
        /// Of the memory at half-time, in the second half.
        public var largestGrowth = 0.25
        /// Bytes of growth that prove nothing.
        public var smallestGrowth = 24 << 20

        public init() {}
    }

    public init(
        seed: UInt64, seconds: Int, clients: Int, offenders: [Int] = [], faultKinds: [String], planned: Int,
        limits: Limits = Limits(), restarts: Int? = nil, connectionsLent: Int? = nil, eventsLost: Int? = nil,
        shopEnd: String? = nil,
        machine: String? = nil
    ) {
        self.seed = seed
        self.seconds = seconds
        self.clients = clients
        self.offenders = offenders
        self.faultKinds = faultKinds
        self.planned = planned
        self.limits = limits
        self.restarts = restarts
        self.connectionsLent = connectionsLent
        self.eventsLost = eventsLost
        self.shopEnd = shopEnd
        self.machine = machine
    }
}
