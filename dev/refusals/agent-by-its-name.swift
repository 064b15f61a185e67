// accepted
import OTP

struct Config: Sendable {
    var timeout = 5
    var key: String?
}

extension AgentName<Config> { static let config: Self = "config" }
extension ServerAddress<AgentServer<Config>> {
    func timeout() async throws -> Int { try await get(\.timeout) }
}

let tree = Supervisor(.oneForOne) { Agent(.config) { Config() } }

func use() async throws {
    let config = AgentName<Config>.config
    _ = try await config.timeout()
    try await config.update { $0.timeout = 10 }
    let before = try await config.getAndUpdate { config in
        defer { config.timeout += 1 }
        return config.timeout
    }
    config.cast { $0.key = "\(before)" }
}
