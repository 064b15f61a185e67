public import OTP

/// Feature flags: a set behind an agent. What never changes while the program runs needs no process at all: a constant.
public struct FeatureFlags: Sendable {
    private let name: AgentName<Set<String>>

    public init(name: AgentName<Set<String>> = "feature flags") { self.name = name }

    /// Stands in a tree.
    public func agent(enabled: Set<String> = []) -> Agent<Set<String>> { Agent(name) { enabled } }

    public func isEnabled(_ flag: String) async throws -> Bool { try await name.get { $0.contains(flag) } }

    public func enable(_ flag: String) { name.cast { $0.insert(flag) } }
    public func disable(_ flag: String) { name.cast { $0.remove(flag) } }

    /// Whether it is on then. One step: of two that toggle at once, each sees the other's.
    public func toggle(_ flag: String) async throws -> Bool {
        try await name.getAndUpdate { flags in
            if flags.remove(flag) != nil { return false }
            flags.insert(flag)
            return true
        }
    }
}
