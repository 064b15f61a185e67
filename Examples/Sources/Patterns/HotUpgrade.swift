public import OTP

/// A counter that learns something new while it runs: the second version also knows how often it was asked.
public enum CounterMessages {
    public enum Call: Sendable { case value(Reply<Int>), summary(Reply<String>) }
    public enum Cast: Sendable { case increment }
}

/// The first version.
public struct CounterV1: GenServer {
    public fileprivate(set) var count = 0

    public init() {}

    public func handleCall(_ call: CounterMessages.Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply(count)
        case .summary(let reply): reply("\(count)")
        }
    }

    public mutating func handleCast(_ cast: CounterMessages.Cast, _ me: Me) -> Next {
        count += 1
        return .receive
    }
}

/// The second version; its state is made from the first one's.
public struct CounterV2: GenServer {
    private var count: Int
    private var questions = 0

    /// Erlang: `code_change/3`.
    public init(from old: CounterV1) { count = old.count }

    public mutating func handleCall(_ call: CounterMessages.Call, _ me: Me) -> Next {
        questions += 1
        switch call {
        case .value(let reply): return reply(count)
        case .summary(let reply): return reply("\(count), asked \(questions) times")
        }
    }

    public mutating func handleCast(_ cast: CounterMessages.Cast, _ me: Me) -> Next {
        count += 1
        return .receive
    }
}

extension ServerAddress<CounterV1> {
    /// Lets the second version take over the running process.
    public nonisolated(nonsending) func upgrade() async throws {
        try await SystemControl.changeCode(of: self, to: CounterV2.self) { CounterV2(from: $0) }
    }
}
