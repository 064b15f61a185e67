// refused: task-isolated
import OTP

final class Ledger { var lines: [String] = [] }

func leak(_ agent: AgentRef<Ledger>) async throws -> Ledger { try await agent.get { $0 } }
