import OTP
import ShopCore

/// A bucket of tokens for each client, in front of every request.
struct RateLimiter: SynchronousGenServer {
    enum Call: Sendable { case take(client: String, Reply<Bool>) }
    enum Cast: Sendable {
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case refill }

    private var buckets: TokenBuckets

    /// - Parameter perSecond: tokens given back each second; in ten portions, if there are enough for that.
    init(perSecond: Int, capacity: Int, _ me: Me) {
        let portions = perSecond >= 10 ? 10 : 1
        buckets = TokenBuckets(capacity: capacity, refill: perSecond / portions)
        me.send(.refill, every: .milliseconds(1_000 / portions))
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .take(let client, let reply): reply(buckets.take(for: client))
        }
    }

    func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .breakDown: throw Broken()
        }
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        buckets.refillAll()
        return .receive
    }
}

extension ServerName<RateLimiter> { static let limiter: Self = "rate limiter" }

extension ServerAddress<RateLimiter> {
    /// A shop whose limiter is being restarted serves: better a request too many than none.
    func admits(_ client: String) async -> Bool {
        (try? await call(timeout: .seconds(1)) { .take(client: client, $0) }) ?? true
    }
}
