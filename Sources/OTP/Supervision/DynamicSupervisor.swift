/// Children of one kind, started while the program runs. Erlang: `simple_one_for_one`; Elixir: `DynamicSupervisor`.
///
/// ```swift
/// let sessions = DynamicSupervisor("sessions", maxChildren: 10_000) { (user: String, me) in Session(user, me) }
/// …
/// let session = try await sessions.startChild("ann")     // ServerRef<Session>
/// ```
///
/// Children stand in no order and have no ids: they are known by their process. Each is restarted on its own, out of
/// one budget; all are ended at once. Starts do not wait for one another.
///
/// The value leads to its running process on the current node, also after a restart. It may stand in a tree once.
public struct DynamicSupervisor<Argument: Sendable, Ref: Sendable>: Supervisable {
    @usableFromInline let name: SupervisorName
    @usableFromInline let template: @Sendable (Argument) throws -> ChildSpec
    @usableFromInline let refOf: @Sendable (ProcessCell) -> Ref?
    @usableFromInline let autoShutdown: Supervisor.AutoShutdown
    let maker: SupervisorMaker
    public let childSpec: ChildSpec

    /// Children of one template.
    @usableFromInline init(
        servers id: ChildID?, name: SupervisorName?, restarts: Supervisor.Restarts, maxChildren: Int?,
        autoShutdown: Supervisor.AutoShutdown, onStart: @escaping @Sendable () throws -> Void,
        refOf: @escaping @Sendable (ProcessCell) -> Ref?, template: @escaping @Sendable (Argument) throws -> ChildSpec
    ) {
        self.init(
            id, name: name, restarts: restarts, maxChildren: maxChildren, autoShutdown: autoShutdown,
            hasTemplate: true, restart: .permanent, shutdown: .infinity, onStart: onStart, refOf: refOf,
            template: template)
    }

    init(
        _ id: ChildID?, name: SupervisorName?, restarts: Supervisor.Restarts, maxChildren: Int?,
        autoShutdown: Supervisor.AutoShutdown, hasTemplate: Bool, restart: Restart, shutdown: Shutdown,
        onStart: @escaping @Sendable () throws -> Void, refOf: @escaping @Sendable (ProcessCell) -> Ref?,
        template: @escaping @Sendable (Argument) throws -> ChildSpec
    ) {
        let id = id ?? name?.childID ?? "DynamicSupervisor"
        let name = name ?? SupervisorName(server: GivenName.next("dynamic supervisor", id))
        self.name = name
        self.template = template
        self.refOf = refOf
        self.autoShutdown = autoShutdown
        let maker: SupervisorMaker = { seed in
            try onStart()
            try restarts.validate()
            if let maxChildren, maxChildren < 0 { throw SupervisorError(.invalidMaxChildren(maxChildren)) }
            return DynamicSupervisorMachine(
                restarts: restarts, maxChildren: maxChildren, autoShutdown: autoShutdown,
                template: hasTemplate ? ObjectIdentifier(Ref.self) : nil,
                seed: seed)
        }
        self.maker = maker
        childSpec = ChildSpec(
            id: id, kind: .supervisor, restart: restart, shutdown: shutdown,
            starter: SupervisorStarter(name: name.server, maker: maker))
    }

    /// The running process; nil if it does not run on the current node.
    public var ref: SupervisorRef? { name.ref }

    /// Starts a child. Elixir: `DynamicSupervisor.start_child/2`.
    ///
    /// - Throws: ``SupervisorError``: `.maxChildren`; `.alreadyStarted` if another process has the child's name;
    ///   `.failedToStart`; or what is wrong with the specification. ``StartError`` `.ignored` if the child's `init` declined;
    ///   ``CallError`` `.noProcess` if the supervisor does not run.
    @inlinable @discardableResult public nonisolated(nonsending) func startChild(
        _ argument: Argument
    ) async throws -> Ref {
        let spec = try template(argument)
        let process: ProcessCell?
        switch try name.start(spec, under: autoShutdown) {
        case .process(let cell): process = cell
        case .asked(let question):
            if !question.isAnswered { await question.wait() }
            process = try question.process()
        }
        guard let process, let ref = refOf(process) else {
            throw StartError(.ignored, what: spec.id.description)
        }
        return ref
    }

    /// Ends a child and waits for its end. Elixir: `DynamicSupervisor.terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    public nonisolated(nonsending) func terminateChild(_ pid: PID) async throws {
        guard let question = try name.terminate(pid) else { return }
        if !question.isAnswered { await question.wait() }
        try question.done()
    }

    /// Ends a child and waits for its end. Elixir: `DynamicSupervisor.terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    @inlinable public nonisolated(nonsending) func terminateChild<Server>(
        _ ref: ServerRef<Server>
    ) async throws where Ref == ServerRef<Server> {
        guard let question = try name.terminate(ref.pid) else { return }
        if !question.isAnswered { await question.wait() }
        try question.done()
    }

    /// The children that run, in the order of their first start. Elixir: `DynamicSupervisor.which_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func children() async throws -> [Ref] {
        try await name.children().compactMap(\.pid).compactMap(Node.cell).compactMap(refOf)
    }

    /// How many children there are. Elixir: `DynamicSupervisor.count_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func childCounts() async throws -> ChildCounts { try await name.childCounts() }

    /// The supervisor at this instant.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func snapshot() async throws -> SupervisorSnapshot { try await name.snapshot() }

    /// Ends it, its children first, all at once, and waits for it. Elixir: `DynamicSupervisor.stop/3`.
    ///
    /// - Parameters:
    ///   - reason: What links and monitors of the supervisor will see; the children are told `shutdown` in any case.
    ///   - deadline: How long all of it may take; what runs then is killed. Nil: as long as the children may take.
    /// - Throws: ``CallError``: `.noProcess`; `.exited` if it ended with another reason.
    public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, deadline: Duration? = nil
    ) async throws {
        try await name.stop(reason: reason, deadline: deadline)
    }

    /// Starts it outside any tree. Elixir: `DynamicSupervisor.start_link/1`, not linked.
    ///
    /// - Throws: ``SupervisorError`` for a wrong limit; ``StartError`` if its name is taken or the start is ignored;
    ///   what `onStart` throws.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await SupervisorStart.start(
            childSpec.id, name.server, parent: CurrentProcess.cell, isLinked: false, maker)
    }

    /// Starts it linked to the process that starts it. Elixir: `DynamicSupervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await SupervisorStart.start(childSpec.id, name.server, parent: parent.cell, isLinked: true, maker)
    }

    /// Starts it linked to a plain process. Elixir: `DynamicSupervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<Message>(
        _ parent: PlainProcess<Message>
    ) async throws -> SupervisorRef {
        try await startLink(parent.context)
    }
}

extension DynamicSupervisor where Ref == SupervisorRef {
    /// Children that are supervisors, each with its own children. Erlang: `simple_one_for_one` with the type `supervisor`.
    ///
    /// ```swift
    /// let rooms = DynamicSupervisor("rooms") { (number: Int) in
    ///     Supervisor("room", .oneForAll, restart: .temporary) {
    ///         Door.child { Door(number) }
    ///         Heating.child { Heating(number) }
    ///     }
    /// }
    /// …
    /// let room = try await rooms.startChild(7)               // SupervisorRef
    /// ```
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - supervisorName: How others find the supervisor; the value itself does in any case.
    ///   - restarts: How many restarts are done, over all children, before it gives up.
    ///   - maxChildren: How many children there may be, those included that are being restarted; nil for any number.
    ///   - autoShutdown: Whether it ends when its significant children have ended by their own choice.
    ///   - onStart: Run inside the supervisor at each start. A `throw` is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted. Elixir: the callback `init/1`.
    ///   - make: Makes a child from its argument, when somebody asks for it. When it is restarted, how it is ended and
    ///     whether it is significant it says itself; the list of its own children is evaluated at each of its starts.
    public init(
        _ id: ChildID? = nil, registeredAs supervisorName: SupervisorName? = nil,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never, onStart: @escaping @Sendable () throws -> Void = {},
        of make: @escaping @Sendable (Argument) throws -> Supervisor
    ) {
        self.init(
            servers: id, name: supervisorName, restarts: restarts, maxChildren: maxChildren,
            autoShutdown: autoShutdown, onStart: onStart,
            refOf: { ($0 as? SupervisorCell).map { SupervisorRef(server: $0.ref) } },
            template: { try make($0).childSpec.ofTemplate(of: SupervisorRef.self) })
    }

    /// Ends a child and waits for its end. Elixir: `DynamicSupervisor.terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    public nonisolated(nonsending) func terminateChild(_ ref: SupervisorRef) async throws {
        try await terminateChild(ref.pid)
    }
}

extension DynamicSupervisor where Argument == ChildSpec, Ref == PID {
    /// Children of any kind, each with its own specification. Elixir: `DynamicSupervisor`.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - restarts: How many restarts are done, over all children, before it gives up.
    ///   - maxChildren: How many children there may be, those included that are being restarted; nil for any number.
    ///   - restart: When it is started again as a child; its own children are then gone.
    ///   - shutdown: How it is ended as a child.
    ///   - name: How others find it; the value itself does in any case.
    ///   - onStart: Run inside the supervisor at each start. A `throw` is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted. Elixir: the callback `init/1`.
    public init(
        _ id: ChildID? = nil, restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        restart: Restart = .permanent, shutdown: Shutdown = .infinity, name: SupervisorName? = nil,
        onStart: @escaping @Sendable () throws -> Void = {}
    ) {
        self.init(
            id, name: name, restarts: restarts, maxChildren: maxChildren, autoShutdown: .never, hasTemplate: false,
            restart: restart, shutdown: shutdown, onStart: onStart, refOf: { $0.pid }, template: { $0 })
    }

    /// Starts a child and returns what it has to say. Erlang: `supervisor:start_child/2`, which gives `{ok, Pid, Info}`.
    ///
    /// - Throws: As of any other child.
    @discardableResult public nonisolated(nonsending) func startChild<Value>(
        _ child: TellingChild<Value>
    ) async throws -> (pid: PID, value: Value) {
        guard let started = try await name.startChild(child) else {
            throw StartError(.ignored, what: child.childSpec.id.description)
        }
        return started
    }
}
