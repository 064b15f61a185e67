extension DynamicSupervisor {
    /// Children that are servers of one type.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - supervisorName: How others find the supervisor; the value itself does in any case.
    ///   - restarts: How many restarts are done, over all children, before it gives up.
    ///   - maxChildren: How many children there may be, those included that are being restarted; nil for any number.
    ///   - autoShutdown: Whether it ends when its children have ended by their own choice; then all are significant.
    ///   - restart: When a child is started again, with the argument that it was started with.
    ///   - shutdown: How a child is ended.
    ///   - backoff: How long to wait before a child is started again.
    ///   - options: Time limits and mailbox of the children.
    ///   - name: How each child is registered.
    ///   - onStart: Run inside the supervisor at each start. A `throw` is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted. Elixir: the callback `init/1`.
    ///   - make: Makes the state of a child from its argument, inside its process, at each start.
    @inlinable public init<Server: StatefulBehavior>(
        _ id: ChildID? = nil, registeredAs supervisorName: SupervisorName? = nil,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never, restart: Restart = .temporary,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, options: ServerOptions = ServerOptions(),
        name: (@Sendable (Argument) -> ServerName<Server>)? = nil,
        onStart: @escaping @Sendable () throws -> Void = {},
        of make: @escaping @Sendable (Argument, ProcessContext<Server>) async throws -> Server
    ) where Ref == ServerRef<Server> {
        let kind = ServerChild.kind(Server.self, name: nil, options, isPlain: false)
        let spec = ChildSpec(
            ChildID("\(Server.self)"), nil, restart: restart, shutdown: shutdown, backoff: backoff,
            isSignificant: autoShutdown != .never
        ).ofTemplate(of: Ref.self)
        self.init(
            servers: id, name: supervisorName, restarts: restarts, maxChildren: maxChildren,
            autoShutdown: autoShutdown, onStart: onStart,
            refOf: { ($0 as? BehaviorCell<Server>).map(ServerRef.init(cell:)) },
            template: { argument in
                spec.started(
                    by: ServerStarter(name.map { kind.named($0(argument)) } ?? kind) { cell, handshake in
                        ServerChild.prepare(cell, handshake) { me in try await make(argument, me) }
                    })
            })
    }

    /// Children that are servers of one type, whose state is made without suspending: one without a `handleStart` of its own
    /// may begin on the thread of whoever asks for it, if the supervisor is idle, who is held meanwhile; else it begins on the
    /// supervisor's worker or in a turn of its own.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - supervisorName: How others find the supervisor; the value itself does in any case.
    ///   - restarts: How many restarts are done, over all children, before it gives up.
    ///   - maxChildren: How many children there may be, those included that are being restarted; nil for any number.
    ///   - autoShutdown: Whether it ends when its children have ended by their own choice; then all are significant.
    ///   - restart: When a child is started again, with the argument that it was started with.
    ///   - shutdown: How a child is ended.
    ///   - backoff: How long to wait before a child is started again.
    ///   - options: Time limits and mailbox of the children.
    ///   - name: How each child is registered.
    ///   - onStart: Run inside the supervisor at each start. A `throw` is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted. Elixir: the callback `init/1`.
    ///   - make: Makes the state of a child from its argument, inside its process, at each start.
    @inlinable public init<Server: StatefulBehavior>(
        _ id: ChildID? = nil, registeredAs supervisorName: SupervisorName? = nil,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never, restart: Restart = .temporary,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, options: ServerOptions = ServerOptions(),
        name: (@Sendable (Argument) -> ServerName<Server>)? = nil,
        onStart: @escaping @Sendable () throws -> Void = {},
        of make: @escaping @Sendable (Argument, ProcessContext<Server>) throws -> Server
    ) where Ref == ServerRef<Server> {
        let kind = ServerChild.kind(Server.self, name: nil, options, isPlain: true)
        let spec = ChildSpec(
            ChildID("\(Server.self)"), nil, restart: restart, shutdown: shutdown, backoff: backoff,
            isSignificant: autoShutdown != .never
        ).ofTemplate(of: Ref.self)
        self.init(
            servers: id, name: supervisorName, restarts: restarts, maxChildren: maxChildren,
            autoShutdown: autoShutdown, onStart: onStart,
            refOf: { ($0 as? BehaviorCell<Server>).map(ServerRef.init(cell:)) },
            template: { argument in
                spec.started(
                    by: ServerStarter(name.map { kind.named($0(argument)) } ?? kind) { cell, handshake in
                        ServerChild.begin(cell, handshake) { me in try make(argument, me) }
                    })
            })
    }
}
