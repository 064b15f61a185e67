public import OTP

/// Configuration cache: loaded once, read by everybody, changed or read in again while the program runs.
public struct ConfigurationCache: Sendable {
    public typealias Values = [String: String]

    /// How it is found; valid again after a restart, which loads it anew.
    public let name: AgentName<Values>
    private let load: @Sendable () async throws -> Values

    public init(name: AgentName<Values> = "configuration", load: @escaping @Sendable () async throws -> Values) {
        self.name = name
        self.load = load
    }

    /// Stands in a tree.
    public var agent: Agent<Values> { Agent(name) { [load] in try await load() } }

    public func get(_ key: String) async throws -> String? { try await name.get { $0[key] } }

    public func put(_ key: String, _ value: String) async throws { try await name.update { $0[key] = value } }

    /// Reads it in again, outside the agent, so that nobody has to wait for the file.
    public func reload() async throws {
        let fresh = try await load()
        try await name.update { $0 = fresh }
    }
}
