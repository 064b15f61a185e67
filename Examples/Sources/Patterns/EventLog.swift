public import OTP

/// What happens in a shop.
public enum ShopEvent: Sendable {
    case ordered(id: Int, cents: Int)
    case cancelled(id: Int)
}

/// Keeps what has happened, in order.
public struct AuditLog: EventHandler {
    public enum Call: Sendable { case entries(Reply<[String]>) }
    private var entries: [String] = []

    public init() {}

    public mutating func handleEvent(_ event: ShopEvent) -> Next {
        switch event {
        case .ordered(let id, let cents): entries.append("order \(id) for \(cents)")
        case .cancelled(let id): entries.append("cancelled \(id)")
        }
        return .keep
    }

    public func handleCall(_ call: Call) -> Next {
        switch call {
        case .entries(let reply): reply(entries)
        }
        return .keep
    }
}

/// Counts, and fails now and then.
public struct Metrics: EventHandler {
    public struct Overflow: Error {}
    public enum Call: Sendable { case turnover(Reply<Int>) }
    private var turnover = 0

    public init() {}

    public mutating func handleEvent(_ event: ShopEvent) throws -> Next {
        if case .ordered(_, let cents) = event {
            if cents > 1_000_000 { throw Overflow() }
            turnover += cents
        }
        return .keep
    }

    public func handleCall(_ call: Call) -> Next {
        switch call {
        case .turnover(let reply): reply(turnover)
        }
        return .keep
    }
}

/// Owns the metrics handler: installs it, and installs it again when it has failed.
public struct MetricsKeeper: GenServer {
    public enum Call: Sendable { case failures(Reply<Int>) }
    public enum Info: Sendable { case gone(HandlerExit) }
    private let events: EventManager<ShopEvent>
    private var failures = 0

    public init(_ events: EventManager<ShopEvent>, _ me: Me) async throws {
        self.events = events
        try await install(me)
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) async throws -> Next {
        switch info {
        case .gone(let exit):
            guard case .failed = exit.reason else { return .stop }
            failures += 1
            try await install(me)
            return .receive
        }
    }

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .failures(let reply): reply(failures)
        }
    }

    private nonisolated(nonsending) func install(_ me: Me) async throws {
        try await events.addSupervisedHandler(for: me) {
            Metrics()
        } onExit: {
            .gone($0)
        }
    }
}
