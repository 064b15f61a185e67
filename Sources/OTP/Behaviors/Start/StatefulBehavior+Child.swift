extension StatefulBehavior {
    /// This server as a child of a supervisor. Elixir: `child_spec/1`.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name or the name of its type.
    ///   - name: Registered before `init` runs; valid again after each restart.
    ///   - restart: When it is started again.
    ///   - shutdown: How it is ended.
    ///   - backoff: How long to wait before it is started again; nil for not at all.
    ///   - isSignificant: Whether its end by its own choice can end its supervisor.
    ///   - options: Time limits and mailbox.
    ///   - make: Makes the state, inside the new process, at each start. `throw StartSignal.ignore` declines.
    public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) async throws -> Self
    ) -> ChildSpec {
        var options = options
        options.limitTermination(by: shutdown)
        return ChildSpec(
            id: id ?? ChildID(name?.description ?? "\(Self.self)"), restart: restart, shutdown: shutdown,
            isSignificant: isSignificant, backoff: backoff,
            starter: ServerStarter(name: name, options: options, make: make))
    }

    /// This server, whose state needs nothing of its process, as a child of a supervisor. Elixir: `child_spec/1`.
    public static func child(
        _ id: ChildID? = nil, name: ServerName<Self>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () async throws -> Self
    ) -> ChildSpec {
        child(
            id, name: name, restart: restart, shutdown: shutdown, backoff: backoff, isSignificant: isSignificant,
            options: options
        ) { _ in try await make() }
    }
}

extension ServerOptions {
    /// A child's `terminate` may take as long as its supervisor waits for it.
    mutating func limitTermination(by shutdown: Shutdown) {
        switch shutdown {
        case .within(let limit): terminateLimit = limit
        case .infinity: terminateLimit = nil
        case .kill: break
        }
    }
}

/// Starts a server as a child.
struct ServerStarter<Server: StatefulBehavior>: ChildStarter {
    let name: ServerName<Server>?
    let options: ServerOptions
    var started: LockedBox<ServerRef<Server>?>?
    let make: @Sendable (ProcessContext<Server>) async throws -> Server

    var startTimeout: Duration? { options.timeout }

    func make(_ id: ChildID, under supervisor: SupervisorCell, _ handshake: StartHandshake) throws -> ProcessCell {
        if let problem = name?.problem { throw StartError(.badName(problem.description), what: "\(Server.self)") }
        let cell = Server._makeCell(
            ServerBlueprint(
                node: supervisor.node, origin: supervisor.lineage, options: options, handshake: handshake, make: make)
        ).cell
        try supervisor.adopt(cell, as: name)
        started?.set(cell.ref)
        return cell
    }
}

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
    public init<Server: StatefulBehavior>(
        _ id: ChildID? = nil, registeredAs supervisorName: SupervisorName? = nil,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never, restart: Restart = .temporary,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, options: ServerOptions = ServerOptions(),
        name: (@Sendable (Argument) -> ServerName<Server>)? = nil,
        onStart: @escaping @Sendable () throws -> Void = {},
        of make: @escaping @Sendable (Argument, ProcessContext<Server>) async throws -> Server
    ) where Ref == ServerRef<Server> {
        var limited = options
        limited.limitTermination(by: shutdown)
        let options = limited
        let childID = ChildID("\(Server.self)")
        self.init(
            id, name: supervisorName, restarts: restarts, maxChildren: maxChildren, autoShutdown: autoShutdown,
            hasTemplate: true, restart: .permanent, shutdown: .infinity, onStart: onStart,
            refOf: { pid in (Node.cell(pid) as? BehaviorCell<Server>).map(ServerRef.init(cell:)) },
            template: { argument, started in
                ChildSpec(
                    id: childID, restart: restart, shutdown: shutdown,
                    isSignificant: autoShutdown != .never, backoff: backoff,
                    starter: ServerStarter(name: name?(argument), options: options, started: started) { me in
                        try await make(argument, me)
                    })
            })
    }
}
