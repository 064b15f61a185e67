/// The process that changes the configuration of its node, one change after the other. Erlang: that is done by the application
/// controller, which here starts and stops applications meanwhile.
struct ConfigurationKeeper: GenServer {
    enum Call: Sendable { case change([[EnvironmentSetting]], Reply<Void>) }

    static let name: ServerName<ConfigurationKeeper> = "otp application configuration"

    nonisolated(nonsending) mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .change(let layers, let reply):
            let applications = me.node.applications
            let changes = applications.table.configure(layers)
            for specification in applications.running {
                guard let change = changes[specification.id],
                    let application = applications.table.application(specification.id)
                else { continue }
                await application.configurationChanged(change)
            }
            return reply()
        }
    }

    /// Has a change made, and waits until it has been told.
    nonisolated(nonsending) static func change(_ layers: [[EnvironmentSetting]], on node: Node) async {
        guard !Task.isCancelled, let keeper = try? await keeper(of: node) else {
            // Cancelled, perhaps meanwhile, which does not prevent the change.
            return await node.seeThrough {
                _ = try? await keeper(of: node).call(timeout: .unlimited) { .change(layers, $0) }
            }
        }
        _ = try? await keeper.call(timeout: .unlimited) { .change(layers, $0) }
    }

    /// That of a node, started when first needed.
    private nonisolated(nonsending) static func keeper(of node: Node) async throws -> ServerRef<ConfigurationKeeper> {
        try await name.holder(on: node) { _ in ConfigurationKeeper() }
    }
}
