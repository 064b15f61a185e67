extension StatefulBehavior {
    /// This server as a child that has something to say to whoever asks for its start. Erlang: a start function that returns
    /// `{ok, Pid, Info}`.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, the text of its name, its key in a registry, or the name of its
    ///     type.
    ///   - name: Registered before `init` runs; valid again after each restart.
    ///   - restart: When it is started again.
    ///   - shutdown: How it is ended.
    ///   - backoff: How long to wait before it is started again; nil for not at all.
    ///   - isSignificant: Whether its end by its own choice can end its supervisor.
    ///   - options: Time limits and mailbox.
    ///   - make: Makes the state, inside the new process, at each start, and what is told then.
    ///     `throw StartSignal.ignore` declines.
    public static func childTelling<Value: Sendable>(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) async throws -> (Self, Value)
    ) -> TellingChild<Value> {
        let kind = ServerChild.kind(Self.self, name: name, options, isPlain: false)
        let starter = ServerStarter(kind) { cell, handshake in
            ServerChild.prepare(cell, handshake) { me in
                let (state, value) = try await make(me)
                handshake?.told = value
                return state
            }
        }
        return TellingChild(
            ChildSpec(
                id ?? name?.childID ?? ChildID("\(Self.self)"), starter, restart: restart, shutdown: shutdown,
                backoff: backoff, isSignificant: isSignificant))
    }
}
