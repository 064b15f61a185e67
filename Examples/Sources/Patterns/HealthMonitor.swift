public import OTP

/// Health check monitor: asks every target at an interval, each in a task of its own, so that one that does not answer
/// keeps neither the monitor nor the others waiting.
public struct HealthMonitor: GenServer {
    public enum Health: Sendable, Equatable { case unknown, well, ill(String) }
    public enum Call: Sendable { case health(of: String, Reply<Health>) }
    public enum Info: Sendable { case tick, probed(String, Result<Void, any Error>) }

    private let probe: @Sendable (String) async throws -> Void
    private var health: [String: Health]

    public init(
        targets: [String], every interval: Duration, _ me: Me, probe: @escaping @Sendable (String) async throws -> Void
    ) {
        self.probe = probe
        health = Dictionary(uniqueKeysWithValues: targets.map { ($0, .unknown) })
        me.send(.tick, every: interval)
    }

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .health(let target, let reply): reply(health[target] ?? .unknown)
        }
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .tick:
            for target in health.keys {
                me.start { [probe] in
                    try await probe(target)
                } then: {
                    .probed(target, $0)
                }
            }
        case .probed(let target, .success): health[target] = .well
        case .probed(let target, .failure(let error)): health[target] = .ill("\(error)")
        }
        return .receive
    }
}
