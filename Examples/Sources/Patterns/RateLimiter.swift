public import OTP

/// API rate limiter: a bucket of tokens for each user, some given back each second.
public struct RateLimiter: SynchronousGenServer {
    public enum Verdict: Sendable { case allowed, limited }
    public enum Call: Sendable { case check(user: String, Reply<Verdict>) }
    public enum Info: Sendable { case refill }

    private let rate: Int
    private let capacity: Int
    private var tokens: [String: Int] = [:]

    public init(rate: Int = 10, capacity: Int = 100, every interval: Duration = .seconds(1), _ me: Me) {
        self.rate = rate
        self.capacity = capacity
        me.send(.refill, every: interval)
    }

    public mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .check(let user, let reply):
            let left = tokens[user, default: capacity]
            tokens[user] = max(left - 1, 0)
            return reply(left > 0 ? .allowed : .limited)
        }
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        tokens = tokens.mapValues { min($0 + rate, capacity) }
        return .receive
    }
}

extension ServerAddress<RateLimiter> {
    public func check(_ user: String) async throws -> RateLimiter.Verdict { try await call { .check(user: user, $0) } }
}
