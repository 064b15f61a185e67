extension ProcessTask {
    /// Starts a task whose outcome the caller will ask for. Elixir: `Task.async/1`.
    ///
    /// - Parameter body: The work. What it throws is the failure of the task.
    @inlinable public static func async(
        fileID: StaticString = #fileID, line: UInt = #line,
        _ body: nonisolated(nonsending) @escaping @Sendable () async throws -> Value
    ) -> ProcessTask {
        let start = TaskLaunch()
        let core = start.core
        return ProcessTask(core, tie: start.launch(fileID, line, .cell { _ in core.returned(try await body()) }))
    }

    /// The same for work that awaits nothing, which is what the compiler chooses where it can: no frame of a task is
    /// made for it. Elixir: `Task.async/1`.
    @inlinable public static func async(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable () throws -> Value
    ) -> ProcessTask {
        let start = TaskLaunch()
        let core = start.core
        core.put(body)
        return ProcessTask(
            core,
            tie: start.launch(fileID, line) { try unsafeDowncast($0, to: TaskCore.self).runWork(giving: Value.self) })
    }

    /// Starts a task that sees its own process. Elixir: `Task.async/1`.
    @inlinable public static func async(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (Me) async throws -> Value
    ) -> ProcessTask {
        let start = TaskLaunch()
        let core = start.core
        return ProcessTask(
            core, tie: start.launch(fileID, line, .cell { cell in core.returned(try await body(Me(cell: cell))) }))
    }
}

/// The beginning of a task whose outcome whoever runs here will ask for.
@usableFromInline struct TaskLaunch {
    @usableFromInline let core: TaskCore
    /// Both live while the code that starts the task runs.
    private let process: Unmanaged<ProcessCell>?
    private let node: Unmanaged<Node>

    @usableFromInline init() {
        process = CurrentProcess.reference
        if let process {
            node = process._withUnsafeGuaranteedRef { $0.nodeRef }
            core = TaskCore(owner: .process(process._withUnsafeGuaranteedRef { $0.pid }), isTied: true)
        } else {
            let current = Node.current
            node = .passUnretained(current)
            core = TaskCore(owner: .current(nil, on: current), isTied: true)
        }
    }

    /// Starts the process for work that lies in the core and awaits nothing.
    @usableFromInline func launch(
        _ fileID: StaticString, _ line: UInt, _ run: @escaping PlainBody<Never>.Sole
    ) -> TaskTie? {
        launch(fileID, line, .sole(.fromWord(unshared(retained: core)), run))
    }

    /// Starts the process. Its body hands the value to the core.
    @usableFromInline func launch(_ fileID: StaticString, _ line: UInt, _ body: PlainBody<Never>) -> TaskTie? {
        guard let process else {
            let callers = CallerChain(pid: core.owner.pid, rest: nil)
            launch(nil, origin: nil, TaskFacts(callers: callers, fileID: fileID, line: line), body)
            return TaskTie { [core] in core.giveUp() }
        }
        process._withUnsafeGuaranteedRef { process in
            process.ownLineage._withUnsafeGuaranteedRef {
                launch(process, origin: $0, TaskFacts(callers: nil, fileID: fileID, line: line), body)
            }
        }
        return nil
    }

    private func launch(_ process: ProcessCell?, origin: Origin?, _ facts: TaskFacts, _ body: PlainBody<Never>) {
        node._withUnsafeGuaranteedRef { node in
            let made = PlainCell<Never>(node: node, origin: origin, limits: node.limitsForNew(nil), body: body)
            made.task = facts
            // The one reference there is becomes that of the core, a second one that of the queue.
            let queued = RunItem(bits: unshared(retained: made))
            let cell = Unmanaged<ProcessCell>.passRetained(made)
            core.bind(cell, to: process)
            cell._withUnsafeGuaranteedRef { cell in
                process?.completeLink(toNew: cell)
                node.began(cell)
                if let process, process.has(ProcessCell.Control.dead) { cell.kill() }
                node.launch(cell, queued)
            }
        }
    }
}

extension ProcessTask where Value == Never {
    /// Starts work that nobody waits for and that nobody is tied to. Elixir: `Task.start/1`.
    ///
    /// What is to be looked after belongs under a ``TaskSupervisor``.
    @discardableResult public static func start(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable () async throws -> Void
    ) -> PID {
        launch(isLinked: false, fileID, line) { _ in try await body() }
    }

    /// Starts work that sees its own process. Elixir: `Task.start/1`.
    @discardableResult public static func start(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (Me) async throws -> Void
    ) -> PID {
        launch(isLinked: false, fileID, line, body)
    }

    /// Starts work that nobody waits for, linked to the process that starts it. Elixir: `Task.start_link/1`.
    ///
    /// An ordinary Swift task cannot be linked to; there it is as ``start(fileID:line:_:)-(()->_)``.
    @discardableResult public static func startLink(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable () async throws -> Void
    ) -> PID {
        launch(isLinked: true, fileID, line) { _ in try await body() }
    }

    /// Starts linked work that sees its own process. Elixir: `Task.start_link/1`.
    @discardableResult public static func startLink(
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (Me) async throws -> Void
    ) -> PID {
        launch(isLinked: true, fileID, line, body)
    }

    private static func launch(
        isLinked: Bool, _ fileID: StaticString, _ line: UInt, _ body: @escaping @Sendable (Me) async throws -> Void
    ) -> PID {
        let process = CurrentProcess.cell
        let node = process?.node ?? Node.current
        let owner = TaskOwner.current(process, on: node)
        let facts = TaskFacts(callers: .current(process, owner.pid), fileID: fileID, line: line)
        let cell = node.makePlain(
            Never.self, options: SpawnOptions(isLinked: isLinked), parent: process, task: facts, body)
        node.launch(cell, onBehalfOf: process)
        return cell.pid
    }

    /// Inside a task: who started it, on whose behalf that one worked, and so on: all of up to 128,
    /// of a longer line the nearest 64 at least. Empty elsewhere. Elixir: `$callers`.
    public static var callers: [PID] { CurrentProcess.cell?.callers?.pids ?? [] }

    /// Work as a child of a supervisor, run once unless told otherwise. Elixir: `Task.child_spec/1`.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings.
    ///   - name: How its process is found while it runs.
    ///   - restart: When it is run again.
    ///   - shutdown: How it is ended.
    ///   - backoff: How long to wait before it is run again.
    ///   - isSignificant: Whether its end by its own choice can end its supervisor.
    ///   - body: The work; it counts as started when its process exists.
    public static func child(
        _ id: ChildID = "task", name: ServerName<PlainBehavior<Never>>? = nil, restart: Restart = .temporary,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable () async throws -> Void
    ) -> ChildSpec {
        child(
            id, name: name, restart: restart, shutdown: shutdown, backoff: backoff, isSignificant: isSignificant,
            fileID: fileID, line: line
        ) { _ in try await body() }
    }

    /// Work that sees its own process as a child of a supervisor. Elixir: `Task.child_spec/1`.
    public static func child(
        _ id: ChildID = "task", name: ServerName<PlainBehavior<Never>>? = nil, restart: Restart = .temporary,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        fileID: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (Me) async throws -> Void
    ) -> ChildSpec {
        ChildSpec(
            id: id, restart: restart, shutdown: shutdown, isSignificant: isSignificant, backoff: backoff,
            starter: TaskStarter(name: name, callers: nil, fileID: fileID, line: line, body: body))
    }
}

extension CallerChain {
    /// The chain of a task that is started here.
    static func current(_ process: ProcessCell?, _ owner: PID) -> CallerChain {
        CallerChain(pid: owner, rest: process?.callers)
    }
}

extension Node {
    /// Lets a new process begin, of which a reference has been counted for the queue.
    func launch(_ cell: ProcessCell, _ queued: RunItem) {
        schedulerRef._withUnsafeGuaranteedRef { scheduler in
            if !scheduler.isStopped { return scheduler.enqueue(queued) }
            launch(cell)
            if case .process(let reference) = queued.kind { reference.release() }
        }
    }

    /// Lets a task begin, unless whoever starts it has been killed.
    func launch(_ cell: ProcessCell, onBehalfOf process: ProcessCell?) {
        if let process, process.has(ProcessCell.Control.dead) { cell.kill() }
        launch(cell)
    }
}

/// Starts a task as a child.
struct TaskStarter: ChildStarter {
    var name: ServerName<PlainBehavior<Never>>?
    /// Nil: the supervisor itself.
    let callers: CallerChain?
    let fileID: StaticString
    let line: UInt
    /// Called with the process before it begins.
    var prepare: @Sendable (ProcessCell) -> Void = { _ in }
    let body: @Sendable (PlainProcess<Never>) async throws -> Void

    var startTimeout: Duration? { nil }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        if let problem = name?.problem { throw StartError(.badName(problem.description), what: spec.id.description) }
        let cell = PlainCell<Never>(
            node: supervisor.node, origin: supervisor.lineage, limits: supervisor.node.limitsForNew(nil), body: body)
        let callers = callers ?? CallerChain(pid: supervisor.pid, rest: nil)
        cell.task = TaskFacts(callers: callers, fileID: fileID, line: line)
        try supervisor.adopt(cell, as: name)
        prepare(cell)
        handshake?.acknowledge()
        return cell
    }
}
