import OTP

/// Remembers what it was sent, and when by its node's clock.
struct TickRecorder: GenServer {
    struct Tick: Sendable, Equatable {
        let number: Int
        let time: Duration
    }

    enum Call: Sendable { case seen(Reply<[Tick]>) }
    enum Info: Sendable { case tick(Int) }

    private var ticks: [Tick] = []

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .seen(let reply): reply(ticks)
        }
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .tick(let number): ticks.append(Tick(number: number, time: me.node.now))
        }
        return .receive
    }
}

extension ServerAddress<TickRecorder> {
    nonisolated(nonsending) func ticks() async throws -> [TickRecorder.Tick] {
        try await call(timeout: .seconds(3_600)) { .seen($0) }
    }

    nonisolated(nonsending) func numbers() async throws -> [Int] { try await ticks().map(\.number) }
}
