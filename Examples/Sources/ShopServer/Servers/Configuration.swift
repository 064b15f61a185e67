import Foundation
import OTP
import ShopCore

/// The configuration behind an agent: read by everybody, changed over HTTP, loaded from its file at every start and
/// when somebody asks for that.
struct Configuration: Sendable {
    /// Nil: there is none, and everything is as ever.
    let file: String?

    /// Stands in the tree.
    var agent: Agent<ShopConfiguration> { Agent(.configuration) { try await load() } }

    func all() async throws(Problem) -> ShopConfiguration {
        try await asking { try await AgentName.configuration.get() }
    }

    /// What the shop goes by: as ever while the agent is being restarted.
    func current() async -> ShopConfiguration {
        (try? await AgentName.configuration.get(timeout: .milliseconds(200))) ?? ShopConfiguration()
    }

    func put(_ key: ShopConfiguration.Key, _ value: String) async throws(Problem) -> ShopConfiguration {
        // A refusal is a value: what is thrown inside would end the agent.
        let result: Result<ShopConfiguration, Problem> = try await asking {
            try await AgentName.configuration.getAndUpdate { configuration in
                do throws(Problem) {
                    try configuration.set(key, to: value)
                    return .success(configuration)
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// Reads the file outside the agent, so that nobody has to wait for the disk.
    func reload() async throws(Problem) -> ShopConfiguration {
        let fresh = try await load()
        try await asking { try await AgentName.configuration.update { $0 = fresh } }
        return fresh
    }

    private func load() async throws(Problem) -> ShopConfiguration {
        guard let file else { return ShopConfiguration() }
        let data: Data
        do {
            data = try await Blocking.run { try Data(contentsOf: URL(filePath: file)) }
        } catch {
            throw .unavailable("no_configuration", "the configuration cannot be read: \(error.localizedDescription)")
        }
        return try ShopConfiguration(json: data)
    }

    private func asking<T>(_ body: () async throws -> T) async throws(Problem) -> T {
        do { return try await body() } catch { throw .lostOnTheWay(error) }
    }
}

extension AgentName<ShopConfiguration> { static var configuration: Self { "configuration" } }
