/// Starts a plain process as a child; it counts as started as soon as it exists.
struct PlainStarter<Message: Sendable>: ChildStarter {
    let name: ServerName<PlainBehavior<Message>>?
    let body: @Sendable (PlainProcess<Message>) async throws -> Void

    var startTimeout: Duration? { nil }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        let cell = PlainCell<Message>(
            node: supervisor.node, origin: supervisor.lineage, limits: supervisor.node.limitsForNew(nil), body: body)
        try supervisor.adopt(cell, as: name)
        handshake?.acknowledge()
        return cell
    }
}

extension ChildSpec {
    /// A plain process as a child. It counts as started as soon as it exists; what has to be ready before the next
    /// child starts belongs into a server's `init`.
    public static func process<Message: Sendable>(
        _ id: ChildID, receiving type: Message.Type, name: ServerName<PlainBehavior<Message>>? = nil,
        restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil,
        isSignificant: Bool = false, _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ChildSpec {
        ChildSpec(
            id: id, restart: restart, shutdown: shutdown, isSignificant: isSignificant, backoff: backoff,
            starter: PlainStarter(name: name, body: body))
    }

    /// A plain process that receives no messages as a child.
    public static func process(
        _ id: ChildID, restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(5)),
        backoff: Backoff? = nil, isSignificant: Bool = false,
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ChildSpec {
        process(
            id, receiving: Never.self, restart: restart, shutdown: shutdown, backoff: backoff,
            isSignificant: isSignificant, body)
    }
}
