/// Servers of which each node has one, outside any tree.
extension ServerName where Server: StatefulBehavior {
    /// That of a node, if anybody has needed it.
    func holder(on node: Node) -> ServerRef<Server>? { (lookUp(on: node) as? BehaviorCell<Server>)?.ref }

    /// That of a node, started when first needed.
    nonisolated(nonsending) func holder(
        on node: Node, orStart make: @escaping @Sendable (ProcessContext<Server>) async throws -> Server
    ) async throws -> ServerRef<Server> {
        while true {
            if let holder = holder(on: node) { return holder }
            do {
                return try await ServerStart.start(
                    self, nil, ServerOptions(), link: false, parent: nil, on: node, make)
            } catch {
                // Somebody else was first.
                guard case .alreadyStarted = error.code else { throw error }
            }
        }
    }
}
