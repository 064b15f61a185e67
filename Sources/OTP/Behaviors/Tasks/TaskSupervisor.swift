/// Looks after tasks: each is a child of its own, none takes another along. Elixir: `Task.Supervisor`.
///
/// ```swift
/// let mails = TaskSupervisor("mails", maxChildren: 100)          // stands in a tree
/// …
/// try await mails.startChild { try await send(receipt) }         // nobody waits
/// let stock = try await mails.asyncNoLink { try await ask(warehouse) }
/// let known = try? await stock.value(timeout: .seconds(1))       // its failure harms nobody
/// ```
///
/// A task belongs to whoever started it, and stands below the supervisor: it ends with it, in the time that its
/// `shutdown` gives it, and shows up among its children. The value leads to its running process on the current node,
/// also after a restart. It may stand in a tree once. One that has a registered name is found through it from elsewhere
/// too: `TaskSupervisor(name: "mails")` leads to whichever task supervisor has that name.
public struct TaskSupervisor: Supervisable, ExpressibleByStringLiteral {
    let supervisor: DynamicSupervisor<ChildSpec, PID>

    /// A supervisor of any number of tasks, under this id.
    public init(stringLiteral: String) { self.init(ChildID(stringLiteral)) }

    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - maxChildren: How many tasks there may be at once; nil for any number.
    ///   - restarts: How many restarts are done, over all tasks that ask for them, before it gives up.
    ///   - restart: When it is started again as a child; its tasks are then gone.
    ///   - shutdown: How it is ended as a child.
    ///   - name: How others find it; the value itself does in any case.
    public init(
        _ id: ChildID? = nil, maxChildren: Int? = nil,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), restart: Restart = .permanent,
        shutdown: Shutdown = .infinity, name: SupervisorName? = nil
    ) {
        supervisor = DynamicSupervisor(
            id ?? name?.childID ?? "TaskSupervisor", restarts: restarts, maxChildren: maxChildren, restart: restart,
            shutdown: shutdown, name: name)
    }

    public var childSpec: ChildSpec { supervisor.childSpec }

    /// The running process; nil if it does not run on the current node.
    public var ref: SupervisorRef? { supervisor.ref }

    /// Starts it outside any tree. Elixir: `Task.Supervisor.start_link/1`, not linked.
    ///
    /// - Throws: ``SupervisorError``; ``StartError`` `.alreadyStarted` if it runs.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await supervisor.start()
    }

    /// Starts it linked to the process that starts it. Elixir: `Task.Supervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await supervisor.startLink(parent)
    }

    /// Starts it linked to a plain process. Elixir: `Task.Supervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<Message>(
        _ parent: PlainProcess<Message>
    ) async throws -> SupervisorRef {
        try await supervisor.startLink(parent)
    }

    /// Ends it, its tasks first, all at once, and waits for it. Elixir: `Supervisor.stop/3`.
    ///
    /// - Parameters:
    ///   - reason: What links and monitors of the supervisor will see; the children are told `shutdown` in any case.
    ///   - deadline: How long all of it may take; what runs then is killed. Nil: as long as the tasks may take.
    /// - Throws: ``CallError``: `.noProcess`; `.exited` if it ended with another reason.
    public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, deadline: Duration? = nil
    ) async throws {
        try await supervisor.stop(reason: reason, deadline: deadline)
    }

    /// The tasks that run, in the order of their start. Elixir: `Task.Supervisor.children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func children() async throws -> [PID] { try await supervisor.children() }

    /// How many tasks there are. Elixir: `DynamicSupervisor.count_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func childCounts() async throws -> ChildCounts { try await supervisor.childCounts() }

    /// Ends a task and waits for its end. Elixir: `Task.Supervisor.terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    public nonisolated(nonsending) func terminateChild(_ pid: PID) async throws {
        try await supervisor.terminateChild(pid)
    }

    /// The supervisor at this instant.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func snapshot() async throws -> SupervisorSnapshot {
        try await supervisor.snapshot()
    }

    // MARK: tasks

    /// Starts a task whose outcome the caller will ask for, linked to the caller: if it fails, so does the caller,
    /// unless that traps exits or is an ordinary Swift task. Elixir: `Task.Supervisor.async/3`.
    ///
    /// - Parameters:
    ///   - shutdown: How the supervisor ends it.
    ///   - body: The work.
    /// - Throws: ``SupervisorError`` `.maxChildren`; ``CallError`` `.noProcess` if the supervisor does not run.
    public nonisolated(nonsending) func async<Value: Sendable>(
        shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> ProcessTask<Value> {
        try await begin(isLinked: true, shutdown, fileID, line) { _ in try await body() }
    }

    /// Starts a linked task that sees its own process. Elixir: `Task.Supervisor.async/3`.
    ///
    /// - Throws: As ``async(shutdown:fileID:line:_:)-(()->_)``.
    public nonisolated(nonsending) func async<Value: Sendable>(
        shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Value
    ) async throws -> ProcessTask<Value> {
        try await begin(isLinked: true, shutdown, fileID, line, body)
    }

    /// Starts a task whose outcome the caller will ask for, and whose failure harms nobody. It runs on when the caller
    /// ends, or gives it up. Elixir: `Task.Supervisor.async_nolink/3`.
    ///
    /// - Throws: As ``async(shutdown:fileID:line:_:)-(()->_)``.
    public nonisolated(nonsending) func asyncNoLink<Value: Sendable>(
        shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> ProcessTask<Value> {
        try await begin(isLinked: false, shutdown, fileID, line) { _ in try await body() }
    }

    /// Starts an unlinked task that sees its own process. Elixir: `Task.Supervisor.async_nolink/3`.
    ///
    /// - Throws: As ``async(shutdown:fileID:line:_:)-(()->_)``.
    public nonisolated(nonsending) func asyncNoLink<Value: Sendable>(
        shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Value
    ) async throws -> ProcessTask<Value> {
        try await begin(isLinked: false, shutdown, fileID, line, body)
    }

    /// Starts work that nobody waits for. Elixir: `Task.Supervisor.start_child/3`.
    ///
    /// - Parameters:
    ///   - restart: When it is run again; `.temporary`: never.
    ///   - shutdown: How it is ended.
    ///   - body: The work.
    /// - Throws: As ``async(shutdown:fileID:line:_:)-(()->_)``.
    @discardableResult public nonisolated(nonsending) func startChild(
        restart: Restart = .temporary, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> PID {
        try await startChild(restart: restart, shutdown: shutdown, fileID: fileID, line: line) { _ in
            try await body()
        }
    }

    /// Starts work that sees its own process. Elixir: `Task.Supervisor.start_child/3`.
    ///
    /// - Throws: As ``async(shutdown:fileID:line:_:)-(()->_)``.
    @discardableResult public nonisolated(nonsending) func startChild(
        restart: Restart = .temporary, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) async throws -> PID {
        let process = CurrentProcess.cell
        let owner = TaskOwner.current(process, on: process?.node ?? .current)
        let starter = TaskStarter(
            callers: .current(process, owner.pid), fileID: fileID, line: line, body: body)
        return try await start(starter, restart, shutdown)
    }

    private nonisolated(nonsending) func begin<Value: Sendable>(
        isLinked: Bool, _ shutdown: Shutdown, _ fileID: StaticString, _ line: UInt,
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Value
    ) async throws -> ProcessTask<Value> {
        let process = CurrentProcess.cell
        let owner = TaskOwner.current(process, on: process?.node ?? .current)
        let core = TaskCore(owner: owner, isTied: isLinked)
        let starter = TaskStarter(
            callers: .current(process, owner.pid), fileID: fileID, line: line,
            prepare: { cell in
                core.attach(cell)
                guard isLinked, let process else { return }
                cell.follow(process.pid)
                _ = process.link(to: cell)
                // One that has ended meanwhile takes no links any more.
                if process.has(ProcessCell.Control.dead) { cell.kill() }
            },
            body: { me in core.returned(try await body(me)) })
        do { try await start(starter, .temporary, shutdown) } catch {
            // Whoever was cancelled while it started knows nothing of it.
            core.giveUp()
            throw error
        }
        return ProcessTask(core, tie: isLinked && process == nil ? TaskTie { core.giveUp() } : nil)
    }

    @discardableResult nonisolated(nonsending) func start(
        _ starter: TaskStarter, _ restart: Restart, _ shutdown: Shutdown
    ) async throws -> PID {
        try await supervisor.startChild(
            ChildSpec(id: "task", restart: restart, shutdown: shutdown, starter: starter))
    }
}
