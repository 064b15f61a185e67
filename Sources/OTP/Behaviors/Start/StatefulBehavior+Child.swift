extension StatefulBehavior {
    /// This server as a child of a supervisor. Elixir: `child_spec/1`.
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
    ///   - make: Makes the state, inside the new process, at each start. `throw StartSignal.ignore` declines.
    @inlinable public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) async throws -> Self
    ) -> ChildSpec {
        let kind = ServerChild.kind(Self.self, name: name, options, isPlain: false)
        return ChildSpec(
            id ?? name?.childID ?? ChildID("\(Self.self)"),
            ServerStarter(kind) { ServerChild.prepare($0, $1, make) }, restart: restart, shutdown: shutdown,
            backoff: backoff, isSignificant: isSignificant)
    }

    /// This server, whose state needs nothing of its process, as a child of a supervisor. Elixir: `child_spec/1`.
    @inlinable public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () async throws -> Self
    ) -> ChildSpec {
        child(
            id, name: name, restart: restart, shutdown: shutdown, backoff: backoff, isSignificant: isSignificant,
            options: options
        ) { _ in try await make() }
    }

    // The same with a `make` that does not suspend. The compiler takes these for a closure without `await`; such a server, if
    // it has no `handleStart` of its own, may begin on the thread that runs the supervisor then: its own worker's, or, if it was
    // idle, that of whoever asks for the child.

    /// This server as a child of a supervisor. Elixir: `child_spec/1`.
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
    ///   - make: Makes the state, inside the new process, at each start. `throw StartSignal.ignore` declines.
    @inlinable public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) throws -> Self
    ) -> ChildSpec {
        let kind = ServerChild.kind(Self.self, name: name, options, isPlain: true)
        return ChildSpec(
            id ?? name?.childID ?? ChildID("\(Self.self)"),
            ServerStarter(kind) { ServerChild.begin($0, $1, make) }, restart: restart, shutdown: shutdown,
            backoff: backoff, isSignificant: isSignificant)
    }

    /// This server, whose state needs nothing of its process, as a child of a supervisor. Elixir: `child_spec/1`.
    @inlinable public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () throws -> Self
    ) -> ChildSpec {
        child(
            id, name: name, restart: restart, shutdown: shutdown, backoff: backoff, isSignificant: isSignificant,
            options: options
        ) { (_: Me) throws -> Self in try make() }
    }
}
