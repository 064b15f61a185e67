/// Starts children in order, starts them again when they fail, and ends them in reverse order.
/// Erlang and Elixir: `supervisor`, `Supervisor`.
///
/// ```swift
/// let shop = Supervisor(.oneForOne, restarts: .atMost(5, in: .seconds(60))) {
///     RateLimiter.child(name: .limiter) { RateLimiter($0) }
///     Supervisor("storage", .restForOne) {
///         Database.child { try await Database.open($0) }
///         for i in 1...10 { Connection.child("connection \(i)") { try await Connection(id: i, $0) } }
///     }
/// }
/// try await shop.run()
/// ```
///
/// It is a value: a specification, whose children are listed afresh at each start. Starting it gives a
/// ``SupervisorRef``; standing in the list of another supervisor makes it a branch of a tree.
///
/// **Start**: each child when the one before is through its `init`; if one fails, those that had started are ended and
/// the start fails. **Failure**: which children are started again is the ``Strategy``; whether, is the child's
/// ``Restart``. A restart that fails is tried again and counts. **Giving up**: more ``Restarts`` than allowed end the
/// supervisor, which is a failure for its own supervisor to deal with, and makes ``run(shutdownDeadline:)`` throw.
/// **End**: children one by one, the last one first, each as its ``Shutdown`` says.
///
/// Children that are started while the program runs and are many of a kind belong under a ``DynamicSupervisor``.
public struct Supervisor: Supervisable {
    let name: SupervisorName?
    let maker: SupervisorMaker
    public let childSpec: ChildSpec

    /// The root of a tree, or a branch whose id is its name.
    ///
    /// - Parameters:
    ///   - strategy: Which children are started again when one has failed.
    ///   - restarts: How many restarts are done before it gives up.
    ///   - autoShutdown: Whether it ends when its significant children have ended by their own choice.
    ///   - name: Registered before the first child starts.
    ///   - children: Evaluated at each start, inside the supervisor; a `throw` there is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted.
    public init(
        _ strategy: Strategy, restarts: Restarts = .atMost(3, in: .seconds(5)), autoShutdown: AutoShutdown = .never,
        name: SupervisorName? = nil, @ChildBuilder children: @escaping @Sendable () throws -> [ChildSpec]
    ) {
        self.init(
            name?.childID ?? "supervisor", strategy, restarts: restarts, autoShutdown: autoShutdown,
            name: name, children: children)
    }

    /// A branch of a tree.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings.
    ///   - strategy: Which children are started again when one has failed.
    ///   - restarts: How many restarts are done before it gives up.
    ///   - autoShutdown: Whether it ends when its significant children have ended by their own choice.
    ///   - restart: When it is started again as a child.
    ///   - shutdown: How it is ended as a child.
    ///   - backoff: How long to wait before it is started again as a child.
    ///   - isSignificant: Whether its end by its own choice can end the supervisor above.
    ///   - name: Registered before the first child starts.
    ///   - children: Evaluated at each start, inside the supervisor; a `throw` there is a start that failed,
    ///     `throw StartSignal.ignore` one that is not wanted.
    public init(
        _ id: ChildID, _ strategy: Strategy, restarts: Restarts = .atMost(3, in: .seconds(5)),
        autoShutdown: AutoShutdown = .never, restart: Restart = .permanent, shutdown: Shutdown = .infinity,
        backoff: Backoff? = nil, isSignificant: Bool = false, name: SupervisorName? = nil,
        @ChildBuilder children: @escaping @Sendable () throws -> [ChildSpec]
    ) {
        self.name = name
        let maker: SupervisorMaker = { seed in
            let specs = try children()
            try restarts.validate()
            try ChildSpec.validate(specs, under: autoShutdown)
            return SupervisorMachine(
                strategy: strategy, restarts: restarts, autoShutdown: autoShutdown, children: specs, seed: seed)
        }
        self.maker = maker
        childSpec = ChildSpec(
            id: id, kind: .supervisor, restart: restart, shutdown: shutdown, isSignificant: isSignificant,
            backoff: backoff, starter: SupervisorStarter(name: name?.server, maker: maker))
    }

    /// Starts the tree and returns when all children have started. Erlang: `supervisor:start_link/2,3`, not linked.
    ///
    /// Cancelling the task meanwhile undoes what has started, in reverse order.
    /// - Throws: ``SupervisorError`` for a wrong specification or a child that did not start; ``StartError`` if the
    ///   name is taken or the start is ignored; whatever the list of children throws; `CancellationError`.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await SupervisorStart.start(
            childSpec.id, name?.server, parent: CurrentProcess.cell, isLinked: false, maker)
    }

    /// Starts the tree linked to the process that starts it: that is its parent, whose end is its end.
    /// Erlang: `supervisor:start_link/2,3`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await SupervisorStart.start(childSpec.id, name?.server, parent: parent.cell, isLinked: true, maker)
    }

    /// Starts the tree linked to a plain process. Erlang: `supervisor:start_link/2,3`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<Message>(
        _ parent: PlainProcess<Message>
    ) async throws -> SupervisorRef {
        try await startLink(parent.context)
    }

    /// Starts the tree and returns when it has ended. For ordinary tasks, not for processes.
    ///
    /// Returns when the supervisor has shut down by itself (``AutoShutdown``) or was stopped. Cancelling the task stops
    /// it, the children in reverse order, also while they are still starting; then too it returns when all have ended.
    /// - Parameter shutdownDeadline: How long the whole tree may take to end after a cancellation; what runs then is
    ///   killed. It caps the time of each child. Nil: as long as the children may take.
    /// - Throws: ``SupervisorError`` if the tree did not start or the supervisor gave up, ``Exit`` if it was stopped or
    ///   killed for another reason.
    public nonisolated(nonsending) func run(shutdownDeadline: Duration? = .seconds(25)) async throws {
        let run = try await TreeRun.begin(self)
        try await withTaskCancellationHandler {
            try await run.end()
        } onCancel: {
            run.stop(within: shutdownDeadline)
        }
    }
}
