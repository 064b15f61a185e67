/// One thing to do to the shop, and when.
public struct Fault: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// A handler throws.
        case `throw`
        /// A worker is killed, whatever it is doing.
        case killWorker = "kill-worker"
        /// A supervisor is killed, and with it everything below.
        case killSupervisor = "kill-supervisor"
        /// A database handle is closed under its connection.
        case cutConnection = "cut-connection"
        /// The handler of order events that counts throws in the middle of one.
        case breakHandler = "break-handler"
        /// A source of the profile page answers nobody for a while, and lives.
        case stallSource = "stall-source"

        /// Whether the process that was hit is to serve again, and not a successor.
        public var leavesProcess: Bool { self == .stallSource }
    }

    public enum Role: String, Codable, CaseIterable, Sendable {
        case limiter, catalog, configuration, connection, suggestions, cart, session, web
        case manager, handlers, metrics
        case front, storage, connections, profiles, events, carts, sessions

        /// Whether the index says which.
        public var isOneOfMany: Bool { self == .connection || !isPermanent }

        /// Carts and sessions end for good: their customers are told and begin anew.
        public var isPermanent: Bool { self != .cart && self != .session }
    }

    public let number: Int
    /// Milliseconds after the run began.
    public let at: Int
    public let kind: Kind
    public let role: Role
    /// Which of several; for those that come and go, which of those that are there.
    public let index: Int

    public init(number: Int, at: Int, kind: Kind, role: Role, index: Int) {
        self.number = number
        self.at = at
        self.kind = kind
        self.role = role
        self.index = index
    }
}
