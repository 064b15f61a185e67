// refused: cannot pass function of type
import OTP

func change(_ agent: AgentRef<Int>) async throws { try await agent.update { $0 = await load() } }
func load() async -> Int { 1 }
