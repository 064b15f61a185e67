import OTP
import ShopCore

/// What a customer might like: what others order most, of what is not in the cart yet. Counts anew now and then.
struct Suggestions: GenServer {
    enum Call: Sendable {
        /// - Parameter without: products that need not be suggested.
        case suggest(count: Int, without: Set<String>, Reply<[Product]>)
    }
    enum Cast: Sendable {
        /// For drills.
        case breakDown
        /// For drills: answers nobody until then. Several such do not add up.
        case stall(until: ContinuousClock.Instant)
    }
    enum Info: Sendable { case outdated }

    private let connections: ConnectionPool
    private var ranking: [Product]?

    init(connections: ConnectionPool, _ me: Me) {
        self.connections = connections
        me.send(.outdated, every: .milliseconds(500))
    }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .suggest(let count, let without, let reply):
            let ranking = try await ranking()
            return reply(Array(ranking.lazy.filter { !without.contains($0.id) }.prefix(count)))
        }
    }

    func handleCast(_ cast: Cast, _ me: Me) async throws -> Next {
        switch cast {
        case .breakDown: throw Broken()
        case .stall(let end):
            try await Task.sleep(until: end)
            return .receive
        }
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        ranking = nil
        return .receive
    }

    private mutating func ranking() async throws -> [Product] {
        if let ranking { return ranking }
        let fresh = try await connections.bestsellers()
        ranking = fresh
        return fresh
    }
}

extension ServerName<Suggestions> { static let suggestions: Self = "suggestions" }
