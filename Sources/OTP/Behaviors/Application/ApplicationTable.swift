/// What is known of the applications of a node without asking anybody: settings, and who runs.
final class ApplicationTable: Sendable {
    private struct State: Sendable {
        var environment = EnvironmentTable()
        var specifications: [ApplicationID: ApplicationSpecification] = [:]
        /// Those that run, in the order of their start.
        var running: [ApplicationID] = []
        /// Whose processes are whose.
        var clans: [(clan: Clan, id: ApplicationID)] = []
        var trees: [ApplicationID: (tree: SupervisorRef, application: any OTPApplication)] = [:]
    }

    private let state = LockedBox(State())

    /// Changes something. What is replaced may be a user's, and is freed when the lock is no longer held.
    private func change<R>(_ body: (inout State) -> R) -> R {
        var old: State?
        defer { withExtendedLifetime(old) {} }
        return state.withLock { state in
            old = state
            return body(&state)
        }
    }

    static func of(_ node: Node) -> ApplicationTable { node.part(ApplicationTable.self) { ApplicationTable() } }

    // MARK: settings

    func setting(_ name: String, of id: ApplicationID) -> (any Sendable)? {
        state.withLock { $0.environment[name, id] }
    }
    func settings(of id: ApplicationID) -> [(name: String, value: any Sendable)] {
        state.withLock { $0.environment.all(of: id) }
    }
    func put(_ settings: [EnvironmentSetting], isPersistent: Bool) {
        change { $0.environment.put(settings, isPersistent: isPersistent) }
    }
    func delete(_ name: String, of id: ApplicationID, isPersistent: Bool) {
        change { $0.environment.delete(name, of: id, isPersistent: isPersistent) }
    }
    func configure(_ layers: [[EnvironmentSetting]]) -> [ApplicationID: ConfigurationChange] {
        change { $0.environment.configure(layers) }.mapValues(\.change).filter { !$0.value.isEmpty }
    }

    // MARK: specifications

    func isLoaded(_ id: ApplicationID) -> Bool { state.withLock { $0.specifications[id] != nil } }
    func specification(of id: ApplicationID) -> ApplicationSpecification? { state.withLock { $0.specifications[id] } }
    var loaded: [ApplicationSpecification] { state.withLock { Array($0.specifications.values) } }

    /// False if it is loaded already.
    func load(_ specification: ApplicationSpecification) throws(ApplicationError) -> Bool {
        if let other = specification.environment.first(where: { $0.application != specification.id }) {
            throw ApplicationError(.foreignSetting(other.name, of: other.application), specification.id)
        }
        return change { state in
            guard state.specifications[specification.id] == nil else { return false }
            state.specifications[specification.id] = specification
            state.environment.load(specification.id, specification.environment)
            return true
        }
    }

    func unload(_ id: ApplicationID) throws(ApplicationError) {
        let problem = change { state -> ApplicationError.Code? in
            if state.clans.contains(where: { $0.id == id }) { return .running }
            guard state.specifications.removeValue(forKey: id) != nil else { return .notLoaded }
            state.environment.unload(id)
            return nil
        }
        if let problem { throw ApplicationError(problem, id) }
    }

    // MARK: who runs

    /// Nobody does, as far as the controller knows that begins now.
    func forgetRunning() {
        change { state in
            state.running = []
            state.clans = []
            state.trees = [:]
        }
    }

    var running: [ApplicationSpecification] {
        state.withLock { state in state.running.compactMap { state.specifications[$0] } }
    }
    func tree(of id: ApplicationID) -> SupervisorRef? { state.withLock { $0.trees[id]?.tree } }
    /// The running application itself.
    func application(_ id: ApplicationID) -> (any OTPApplication)? { state.withLock { $0.trees[id]?.application } }
    /// The application whose processes these are.
    func application(of clan: Clan) -> ApplicationID? { state.withLock { $0.clans.first { $0.clan === clan }?.id } }

    func began(_ id: ApplicationID, _ clan: Clan) { change { $0.clans.append((clan, id)) } }
    func setTree(_ tree: SupervisorRef, of id: ApplicationID, _ application: any OTPApplication) {
        change { $0.trees[id] = (tree, application) }
    }
    func setRunning(_ ids: [ApplicationID]) { change { $0.running = ids } }
    func ended(_ id: ApplicationID, _ clan: Clan) {
        change { state in
            state.clans.removeAll { $0.clan === clan }
            state.trees[id] = nil
        }
    }
}
