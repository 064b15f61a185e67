/// How a process is started. Erlang: the options of `spawn_opt/2`.
public struct SpawnOptions: Sendable {
    /// Tie the new process to the one that starts it.
    public var isLinked: Bool
    /// The bound of its mailbox; nil: the node's default.
    public var mailbox: MailboxBound?
    /// What watches it from its start. Erlang: the `debug` option.
    public var debug: [DebugOption]

    /// By default neither linked nor bounded nor watched.
    public init(isLinked: Bool = false, mailbox: MailboxBound? = nil, debug: [DebugOption] = []) {
        self.isLinked = isLinked
        self.mailbox = mailbox
        self.debug = debug
    }
}

/// Starts a process that runs `body` and receives messages of one type.
///
/// The process ends when `body` returns (reason `.normal`) or throws (that error, or the reason of an ``Exit``).
/// Erlang: `spawn/1`.
@discardableResult public func spawn<Message: Sendable>(
    receiving type: Message.Type, options: SpawnOptions = SpawnOptions(),
    _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
) -> ProcessRef<Message> {
    Node.spawnHere(type, options, body)
}

/// Starts a process that runs `body` and receives no messages. Erlang: `spawn/1`.
@discardableResult public func spawn(
    _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
) -> ProcessRef<Never> {
    Node.spawnHere(Never.self, SpawnOptions(), body)
}

extension Node {
    /// Starts a process on this node. Erlang: `spawn/1`, with `options` `spawn_opt/2`.
    @discardableResult public func spawn<Message: Sendable>(
        receiving type: Message.Type, options: SpawnOptions = SpawnOptions(),
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        guard let parent = CurrentProcess.reference else { return spawn(type, options, nil, body) }
        return parent._withUnsafeGuaranteedRef { spawn(type, options, $0, body) }
    }

    /// On the node of the process in which the caller runs. Counts no reference to either: those to a node would go from
    /// core to core where several processes start others.
    fileprivate static func spawnHere<Message: Sendable>(
        _ type: Message.Type, _ options: SpawnOptions,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        guard let parent = CurrentProcess.reference else { return current.spawn(type, options, nil, body) }
        return parent._withUnsafeGuaranteedRef { parent in
            parent.nodeRef._withUnsafeGuaranteedRef { $0.spawn(type, options, parent, body) }
        }
    }

    private func spawn<Message: Sendable>(
        _ type: Message.Type, _ options: SpawnOptions, _ parent: ProcessCell?,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        let cell = makePlain(type, options: options, parent: parent, body)
        launch(cell)
        return ProcessRef(server: cell.ref)
    }

    /// Starts a process on this node that receives no messages.
    @discardableResult public func spawn(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ProcessRef<Never> {
        spawn(receiving: Never.self, body)
    }

    /// A new process, in the table and linked if wanted, that has not begun yet.
    func makePlain<Message: Sendable>(
        _ type: Message.Type, options: SpawnOptions, parent: ProcessCell?, task: TaskFacts? = nil,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> PlainCell<Message> {
        let cell = PlainCell<Message>(
            node: self, origin: parent?.lineage, limits: limitsForNew(options.mailbox), body: body)
        cell.task = task
        if options.isLinked, let parent { parent.link(toNew: cell) }
        began(cell)
        if !options.debug.isEmpty { cell.watch(by: options.debug) }
        return cell
    }

    @usableFromInline func limitsForNew(_ bound: MailboxBound?) -> MailboxLimits? {
        (bound ?? defaultBound.get()).map(MailboxLimits.init)
    }

    /// Lets a new process begin. On a node that has been shut down it ends instead.
    @usableFromInline func launch(_ cell: ProcessCell) {
        if schedulerRef._withUnsafeGuaranteedRef({ $0.isStopped }) {
            // Nobody will ever run it, so that what it holds is freed here.
            cell.declareDead(.shutdown(detail: "node \(name) has been shut down"))
            cell.releaseInline()
        } else {
            cell.wake()
        }
    }
}

extension ProcessContext {
    /// Starts a process tied to this one: if either ends abnormally, so does the other. Erlang: `spawn_link/1`.
    ///
    /// On behalf of a process that has been killed nothing is started; the reference then leads nowhere.
    @discardableResult public func spawnLink<Message: Sendable>(
        receiving type: Message.Type, _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        let child = cell.node.makePlain(type, options: SpawnOptions(isLinked: true), parent: cell, body)
        if isVoid { child.kill() }
        cell.node.launch(child)
        return ProcessRef(server: child.ref)
    }

    /// Starts a linked process that receives no messages. Erlang: `spawn_link/1`.
    @discardableResult public func spawnLink(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ProcessRef<Never> {
        spawnLink(receiving: Never.self, body)
    }

    /// Starts a process and monitors it in one step, so that its end is never missed. Erlang: `spawn_monitor/1`.
    public func spawnMonitor<Message: Sendable>(
        receiving type: Message.Type, _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> (process: ProcessRef<Message>, monitor: MonitorRef) {
        let child = cell.node.makePlain(type, options: SpawnOptions(), parent: cell, body)
        let ref = monitor(child.ref, message)
        if isVoid { child.kill() }
        cell.node.launch(child)
        return (ProcessRef(server: child.ref), ref)
    }

    /// Starts a process that receives no messages, and monitors it. Erlang: `spawn_monitor/1`.
    public func spawnMonitor(
        _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> (process: ProcessRef<Never>, monitor: MonitorRef) {
        spawnMonitor(receiving: Never.self, message, body: body)
    }
}
