extension ChildSpec {
    /// A process that says itself when it is ready, as a child: the next child starts only then.
    ///
    /// ```swift
    /// ChildSpec.process("listener", receiving: Event.self) { me, started in
    ///     let socket = try Socket.listen()
    ///     started()
    ///     while true { … }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings.
    ///   - type: What it receives.
    ///   - name: Registered before `body` runs; valid again after each restart.
    ///   - restart: When it is started again.
    ///   - shutdown: How it is ended.
    ///   - backoff: How long to wait before it is started again; nil for not at all.
    ///   - isSignificant: Whether its end by its own choice can end its supervisor.
    ///   - timeout: How long it may take until it is ready; nil: as long as it likes. After that it is killed.
    ///   - body: What it does. To return or throw before saying that it is ready is a failed start;
    ///     `throw StartSignal.ignore` declines.
    public static func process<Message: Sendable>(
        _ id: ChildID, receiving type: Message.Type, name: ServerName<PlainBehavior<Message>>? = nil,
        restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil,
        isSignificant: Bool = false, timeout: Duration? = nil,
        _ body: @escaping @Sendable (PlainProcess<Message>, StartAcknowledgement<Void>) async throws -> Void
    ) -> ChildSpec {
        ChildSpec(
            id: id, restart: restart, shutdown: shutdown, isSignificant: isSignificant, backoff: backoff,
            starter: SpecialStarter(name: name, startTimeout: timeout, body: body))
    }
}

/// Starts a process that acknowledges its start itself as a child.
struct SpecialStarter<Message: Sendable>: ChildStarter {
    let name: ServerName<PlainBehavior<Message>>?
    let startTimeout: Duration?
    let body: @Sendable (PlainProcess<Message>, StartAcknowledgement<Void>) async throws -> Void

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        if let problem = name?.problem { throw StartError(.badName(problem.description), what: spec.id.description) }
        guard let handshake else { preconditionFailure("\(spec.id) says itself when it is ready, but nobody listens") }
        let started = StartAcknowledgement<Void>(handshake)
        let cell = PlainCell<Message>(
            node: supervisor.node, origin: supervisor.lineage, limits: supervisor.node.limitsForNew(nil)
        ) { [body] me in
            do { try await body(me, started) } catch let signal as StartSignal {
                if started.isGiven { throw signal }
                me.context.cell.note(.ignored, handshake)
            }
        }
        try supervisor.adopt(cell, as: name)
        return cell
    }
}
