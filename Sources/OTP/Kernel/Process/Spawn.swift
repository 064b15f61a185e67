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
/// The process ends when `body` returns (reason `.normal`) or throws (that error, or the reason of an ``Exit``). On behalf of a
/// process that has been killed nothing is started; the reference then leads nowhere. Erlang: `spawn/1`.
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
        Node.spawn(type, options, on: .passUnretained(self), by: CurrentProcess.reference, body)
    }

    /// On the node of the process in which the caller runs.
    fileprivate static func spawnHere<Message: Sendable>(
        _ type: Message.Type, _ options: SpawnOptions,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        let parent = CurrentProcess.reference
        let node = parent?._withUnsafeGuaranteedRef { $0.nodeRef } ?? .passUnretained(current)
        return spawn(type, options, on: node, by: parent, body)
    }

    /// Counts no reference to the node: those would go from core to core where several processes start others.
    private static func spawn<Message: Sendable>(
        _ type: Message.Type, _ options: SpawnOptions, on node: Unmanaged<Node>, by parent: Unmanaged<ProcessCell>?,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        let origin = parent?._withUnsafeGuaranteedRef { $0.ownLineage }
        let pid = node._withUnsafeGuaranteedRef { $0.nextSpawnedPID() }
        let cell = made(options, on: node, from: origin, pid: pid, body)
        let queued = RunItem(bits: unshared(retained: cell))
        enter(cell, options, on: node, parent: parent)
        // Once it is in the table: whoever kills its starter, and then looks for what that has started, finds it or is seen here.
        if parent?._withUnsafeGuaranteedRef({ $0.has(ProcessCell.Control.dead) }) == true { cell.kill() }
        node._withUnsafeGuaranteedRef { $0.launch(cell, queued) }
        return ProcessRef(server: cell.ref)
    }

    /// A new process, of which nobody knows yet.
    private static func made<Message: Sendable>(
        _ options: SpawnOptions, on node: Unmanaged<Node>, from origin: Unmanaged<Origin>?, pid: PID? = nil,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> PlainCell<Message> {
        PlainCell(
            on: node, from: origin, limits: node._withUnsafeGuaranteedRef { $0.limitsForNew(options.mailbox) },
            pid: pid, body: .process(body))
    }

    /// A process that is never begun and that nobody finds.
    func nobody<Message: Sendable>(receiving type: Message.Type) -> ProcessRef<Message> {
        let cell = Node.made(SpawnOptions(), on: .passUnretained(self), from: nil) { (_: PlainProcess<Message>) in }
        cell.declareDead(.noProcess)
        launch(cell)
        return ProcessRef(server: cell.ref)
    }

    /// Puts a process that nobody else knows of yet into the table, linked and watched if wanted.
    private static func enter<Message: Sendable>(
        _ cell: PlainCell<Message>, _ options: SpawnOptions, on node: Unmanaged<Node>, parent: Unmanaged<ProcessCell>?,
        before: (PlainCell<Message>) -> Void = { _ in }
    ) {
        // The table's, before anybody else can count one.
        let held = Unmanaged<ProcessCell>.fromWord(unshared(retained: cell))
        if options.isLinked, let parent { parent._withUnsafeGuaranteedRef { $0.link(toNew: cell) } }
        before(cell)
        node._withUnsafeGuaranteedRef { $0.began(held: held) }
        if !options.debug.isEmpty { cell.watch(by: options.debug) }
    }

    /// Starts a process on this node that receives no messages.
    @discardableResult public func spawn(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ProcessRef<Never> {
        spawn(receiving: Never.self, body)
    }

    /// A new process, in the table and linked if wanted, that has not begun yet.
    ///
    /// - Parameters:
    ///   - origin: Not counted before it is the process's own: the parent, if it runs, keeps it meanwhile.
    ///   - before: Done before anybody can find it, and kill it.
    static func makePlain<Message: Sendable>(
        _ type: Message.Type, options: SpawnOptions, on node: Unmanaged<Node>, parent: Unmanaged<ProcessCell>?,
        from origin: Unmanaged<Origin>?, task: TaskFacts? = nil,
        before: (PlainCell<Message>) -> Void = { _ in },
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> PlainCell<Message> {
        let cell = made(options, on: node, from: origin, body)
        if task != nil { cell.task = task }
        enter(cell, options, on: node, parent: parent, before: before)
        return cell
    }

    /// The same for a parent that need not be the process which runs now, and may end meanwhile.
    func makePlain<Message: Sendable>(
        _ type: Message.Type, options: SpawnOptions, parent: ProcessCell?, task: TaskFacts? = nil,
        before: (PlainCell<Message>) -> Void = { _ in },
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> PlainCell<Message> {
        let origin = parent?.lineage
        return withExtendedLifetime((parent, origin)) {
            Node.makePlain(
                type, options: options, on: .passUnretained(self), parent: parent.map { .passUnretained($0) },
                from: origin.map { .passUnretained($0) }, task: task, before: before, body)
        }
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

    /// The same for one that somebody waits for, however long its start takes: on his thread, if he is an ordinary task.
    @usableFromInline func launch(_ cell: ProcessCell, awaitedOn isolation: (any Actor)?) {
        if schedulerRef._withUnsafeGuaranteedRef({ $0.isStopped }) { return launch(cell) }
        Guest.wake(cell, for: isolation)
    }
}

extension ProcessCell {
    /// ``looseLineage`` without counting a reference: for the process's own code, as ``ownLineage``.
    final var looseLineageRef: Unmanaged<Origin> {
        guarding.withLock {
            withTies { ties in
                if let lineage = ties.looseLineage { return .passUnretained(lineage) }
                let lineage = Origin(parent: pid, grandparents: origin, isObeyed: false)
                ties.looseLineage = lineage
                return .passUnretained(lineage)
            }
        }
    }
}

extension ProcessContext {
    /// There is no process: it is noted that another one is to be started. The reference leads nowhere.
    func noteStart<Message: Sendable>(of type: Message.Type) -> ProcessRef<Message>? {
        cell.notes(.started("process")) ? cell.node.nobody(receiving: type) : nil
    }

    /// Starts a process tied to this one: if either ends abnormally, so does the other. Erlang: `spawn_link/1`.
    ///
    /// On behalf of a process that has been killed nothing is started; the reference then leads nowhere.
    ///
    /// - Parameter options: What else it is to be; it is linked in any case.
    @discardableResult public func spawnLink<Message: Sendable>(
        receiving type: Message.Type, options: SpawnOptions = SpawnOptions(),
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        if let nobody = noteStart(of: type) { return nobody }
        var options = options
        options.isLinked = true
        let child = Node.makePlain(
            type, options: options, on: cell.nodeRef, parent: .passUnretained(cell), from: cell.ownLineage, body)
        if isVoid { child.kill() }
        cell.nodeRef._withUnsafeGuaranteedRef { $0.launch(child) }
        return ProcessRef(server: child.ref)
    }

    /// Starts a linked process that receives no messages. Erlang: `spawn_link/1`.
    @discardableResult public func spawnLink(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ProcessRef<Never> {
        spawnLink(receiving: Never.self, body)
    }

    /// Starts a process and monitors it in one step, so that its end is never missed. Erlang: `spawn_monitor/1`, and
    /// `spawn_opt/2` with `monitor` among others.
    ///
    /// - Parameter options: What else it is to be: linked as well, with a mailbox that is bounded, watched.
    public func spawnMonitor<Message: Sendable>(
        receiving type: Message.Type, options: SpawnOptions = SpawnOptions(),
        _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> (process: ProcessRef<Message>, monitor: MonitorRef) {
        if let nobody = noteStart(of: type) {
            return (nobody, cell.ownMonitor(nobody.server.cell, DownHandler(message)))
        }
        return spawnMonitor(receiving: type, options, from: cell.ownLineage, message, body)
    }

    /// Starts a process and monitors it, as the first of a clan: see ``Clan/end(on:except:)``.
    func spawnFounder<Message: Sendable>(
        of clan: Clan, receiving type: Message.Type, _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> ProcessRef<Message> {
        let origin = cell.lineage.founding(clan)
        return withExtendedLifetime(origin) {
            spawnMonitor(receiving: type, SpawnOptions(), from: .passUnretained(origin), message, body).process
        }
    }

    private func spawnMonitor<Message: Sendable>(
        receiving type: Message.Type, _ options: SpawnOptions, from origin: Unmanaged<Origin>,
        _ message: @escaping @Sendable (DownMessage) -> B.Info,
        _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) -> (process: ProcessRef<Message>, monitor: MonitorRef) {
        var ref: MonitorRef?
        let child = Node.makePlain(
            type, options: options, on: cell.nodeRef, parent: .passUnretained(cell), from: origin,
            before: { ref = monitor($0.ref, message) }, body)
        if isVoid { child.kill() }
        cell.nodeRef._withUnsafeGuaranteedRef { $0.launch(child) }
        return (ProcessRef(server: child.ref), ref!)
    }

    /// Starts a process that receives no messages, and monitors it. Erlang: `spawn_monitor/1`.
    public func spawnMonitor(
        _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> (process: ProcessRef<Never>, monitor: MonitorRef) {
        spawnMonitor(receiving: Never.self, message, body: body)
    }
}
