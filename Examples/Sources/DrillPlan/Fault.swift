public import DrillLog

/// One thing to do to the shop, and when.
public struct Fault: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// A handler throws.
        case `throw`
        /// A worker is killed, whatever it is doing.
        case killWorker = "kill-worker"
        /// A supervisor is killed, and with it everything below.
        case killSupervisor = "kill-supervisor"
        /// A database connection is killed while it is suspended just before it writes an order.
        case killBeforeWrite = "kill-before-write"
        /// A database handle is closed under its connection.
        case cutConnection = "cut-connection"
        /// The handler of order events that counts throws in the middle of one.
        case breakHandler = "break-handler"
        /// A source of the profile page answers nobody for a while, and lives.
        case stallSource = "stall-source"
        /// The database may not grow for a while.
        case fillDisk = "fill-disk"
        /// A payment is killed when it has the bank's answer and is about to write it down.
        case killPayment = "kill-payment"
        /// Every connection to the bank is closed.
        case cutLink = "cut-link"
        /// Some of the bank's answers do not arrive.
        case loseAnswers = "lose-answers"
        /// Some of the bank's answers arrive twice.
        case doubleAnswers = "double-answers"
        /// Some of the bank's answers arrive when nobody waits for them any more.
        case delayAnswers = "delay-answers"
        /// The bank is ended by SIGKILL and started again.
        case endBank = "end-bank"
        /// A whole program is ended by SIGKILL and started again.
        case endProgram = "end-program"
        /// One client sends as much as it can for a while.
        case flood
        /// One client sends a request a few bytes at a time, and reads no faster.
        case slowClient = "slow-client"

        /// Whether the process that was hit is to serve again, and not a successor.
        public var leavesProcess: Bool { self == .stallSource || self == .fillDisk || self == .cutLink }
    }

    public enum Role: String, Codable, CaseIterable, Sendable {
        case limiter, catalog, configuration, connection, suggestions, cart, session, web
        case manager, handlers, metrics
        case front, storage, connections, profiles, events, carts, sessions
        case checkout, payments, payment, keeper, link
        case disk, shop, client, bank

        /// Whether the index says which.
        public var isOneOfMany: Bool { self == .connection || !isPermanent }

        /// Carts and sessions end for good: their customers are told and begin anew.
        public var isPermanent: Bool { self != .cart && self != .session && self != .client && self != .payment }
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

    /// What may fail while it is open.
    public var reach: Reach {
        switch kind {
        case .flood, .slowClient: .nothing
        case .endProgram: Reach(["*"], losesCarts: true, losesSessions: true, longest: 10_000)
        case .killBeforeWrite: Reach(["order", "reuse"])
        case .fillDisk: Reach(["order", "reuse"] + Reach.payments)
        // Whatever becomes of the bank: its customers are told that it is not known yet, which is no failure.
        case .cutLink, .loseAnswers, .doubleAnswers, .delayAnswers, .endBank: .nothing
        case .stallSource: Reach([Reach.part("suggestions")])
        // Its manager and the other handlers go on.
        case .breakHandler: .nothing
        default: role.reach
        }
    }
}

extension Fault.Role {
    /// Who needs the part.
    fileprivate var reach: Reach {
        let parts = ["orders", "cart", "suggestions"].map(Reach.part)
        let database = ["order", "reuse", "cart", "products", "product", parts[0], parts[2]] + Reach.payments
        switch self {
        case .limiter, .front, .web, .shop: return Reach(["*"])
        case .catalog: return Reach(["cart", "products", "product"])
        case .configuration: return Reach(["configuration"])
        case .connection, .connections, .storage: return Reach(database)
        case .suggestions: return Reach([parts[2]])
        case .profiles: return Reach(["profile"] + parts)
        case .cart, .carts: return Reach(["order", "reuse", "cart", parts[1], parts[2]], losesCarts: true)
        case .session, .sessions: return Reach(["*"], losesSessions: true)
        // Nobody is told of an order before the audit trail is.
        case .manager, .handlers, .events, .metrics: return Reach(["order", "reuse"])
        case .checkout, .payments, .payment: return Reach(Reach.payments)
        case .keeper, .link, .bank: return .nothing
        case .disk: return Reach(["order", "reuse"] + Reach.payments)
        case .client: return .nothing
        }
    }
}
