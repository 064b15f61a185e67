public import OTP

/// Counter server: increment, decrement, get, reset.
public struct Counter: GenServer {
    public enum Call: Sendable { case value(Reply<Int>), reset(Reply<Void>) }
    public enum Cast: Sendable { case increment, decrement }

    private var count = 0

    public init() {}

    public mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply):
            reply(count)
        case .reset(let reply):
            count = 0
            reply()
        }
        return .receive
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .increment: count += 1
        case .decrement: count -= 1
        }
        return .receive
    }
}

extension ServerName<Counter> { public static let counter: Self = "counter" }

/// The client functions, once for references and names alike.
extension ServerAddress<Counter> {
    public func increment() { cast(.increment) }
    public func decrement() { cast(.decrement) }
    public func value() async throws -> Int { try await call { .value($0) } }
    public func reset() async throws { try await call { .reset($0) } }
}
