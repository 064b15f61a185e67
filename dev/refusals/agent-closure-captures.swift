// refused: non-Sendable type 'Ledger' in a '@Sendable' closure
import OTP

final class Ledger { var lines: [String] = [] }

func change(_ agent: AgentRef<Int>, _ ledger: Ledger) async throws {
    try await agent.update { $0 = ledger.lines.count }
}
