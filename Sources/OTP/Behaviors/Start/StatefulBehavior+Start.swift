extension StatefulBehavior {
    /// Starts a server and waits until its `init` is done. Erlang: `gen_server:start/3,4`.
    ///
    /// - Parameters:
    ///   - name: Registered before `init` runs, free again if it fails.
    ///   - timeout: How long `init` may take; nil: as long as it likes.
    ///   - make: Makes the state, inside the new process. `throw StartSignal.ignore` ends it without a failure.
    /// - Throws: ``StartError``.
    @inlinable @discardableResult public nonisolated(nonsending) static func start(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, options: ServerOptions = ServerOptions(),
        _ make: @escaping @Sendable (Me) async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await ServerStart.start(
            name, timeout, options, link: false, obeys: false, parent: CurrentProcess.cell, make)
    }

    /// Starts a server whose state needs nothing of its process. Erlang: `gen_server:start/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func start(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, options: ServerOptions = ServerOptions(),
        _ make: @escaping @Sendable () async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await ServerStart.start(name, timeout, options, link: false, obeys: false, parent: CurrentProcess.cell) {
            _ in
            try await make()
        }
    }

    /// Starts a server linked to the process that starts it. Erlang: `gen_server:start_link/3,4`.
    ///
    /// If the start fails, the link passes the failure on too, as any end: a process that does not trap exits ends
    /// with it.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await ServerStart.start(name, timeout, options, link: true, parent: parent.cell, make)
    }

    /// Starts a linked server whose state needs nothing of its process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await ServerStart.start(name, timeout, options, link: true, parent: parent.cell) { _ in try await make() }
    }

    /// Starts a linked server from a plain process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await startLink(parent.context, name: name, timeout: timeout, options: options, make)
    }

    /// Starts a linked server from a plain process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () async throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await startLink(parent.context, name: name, timeout: timeout, options: options, make)
    }

    /// Starts a server and monitors it in one step. Erlang: `gen_server:start_monitor/3,4`.
    ///
    /// - Returns: The server and the monitor. If the start fails no notice of the monitor arrives.
    @inlinable public nonisolated(nonsending) static func startMonitor<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), down: @escaping @Sendable (DownMessage) -> B.Info,
        _ make: @escaping @Sendable (Me) async throws -> Self
    ) async throws(StartError) -> (server: ServerRef<Self>, monitor: MonitorRef) {
        var monitor: MonitorRef?
        do {
            let server = try await ServerStart.start(name, timeout, options, link: false, parent: parent.cell, make) {
                monitor = parent.monitor($0, down)
            }
            return (server, monitor!)
        } catch {
            if let monitor { parent.demonitor(monitor) }
            throw error
        }
    }
}

extension StatefulBehavior {
    /// Starts a server whose state needs nothing of its process, and monitors it in one step. Erlang:
    /// `gen_server:start_monitor/3,4`.
    public nonisolated(nonsending) static func startMonitor<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), down: @escaping @Sendable (DownMessage) -> B.Info,
        _ make: @escaping @Sendable () async throws -> Self
    ) async throws(StartError) -> (server: ServerRef<Self>, monitor: MonitorRef) {
        try await startMonitor(parent, name: name, timeout: timeout, options: options, down: down) { _ in
            try await make()
        }
    }

    /// Starts a server from a plain process and monitors it in one step. Erlang: `gen_server:start_monitor/3,4`.
    public nonisolated(nonsending) static func startMonitor<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), down: @escaping @Sendable (DownMessage) -> M,
        _ make: @escaping @Sendable (Me) async throws -> Self
    ) async throws(StartError) -> (server: ServerRef<Self>, monitor: MonitorRef) {
        try await startMonitor(parent.context, name: name, timeout: timeout, options: options, down: down, make)
    }

    /// Starts a server from a plain process and monitors it in one step. Erlang: `gen_server:start_monitor/3,4`.
    public nonisolated(nonsending) static func startMonitor<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), down: @escaping @Sendable (DownMessage) -> M,
        _ make: @escaping @Sendable () async throws -> Self
    ) async throws(StartError) -> (server: ServerRef<Self>, monitor: MonitorRef) {
        try await startMonitor(parent.context, name: name, timeout: timeout, options: options, down: down, make)
    }
}

/// Starts servers.
@usableFromInline enum ServerStart {
    @inlinable nonisolated(nonsending) static func start<S: StatefulBehavior>(
        _ name: ServerName<S>?, _ timeout: Duration?, _ options: ServerOptions, link: Bool, obeys: Bool = true,
        parent: ProcessCell?, on given: Node? = nil,
        _ make: @escaping @Sendable (ProcessContext<S>) async throws -> S,
        before: (ServerRef<S>) -> Void = { _ in }
    ) async throws(StartError) -> ServerRef<S> {
        if let parent, parent.notes(.started("\(S.self)")) {
            let nobody = nobody(S.self, on: parent.node, options)
            before(nobody)
            return nobody
        }
        if let problem = problem(parent, name?.problem) { throw StartError(problem, what: "\(S.self)") }
        let node = given ?? parent?.node ?? Node.current
        let origin = obeys ? parent?.lineage : parent?.looseLineage
        let limit = timeout ?? options.timeout
        let begun = limit == nil ? 0 : node.clockNow
        while true {
            let handshake = StartHandshake()
            let cell = withExtendedLifetime(origin) {
                S._makeCell(
                    ServerBlueprint(
                        node: .passUnretained(node), origin: origin.map { .passUnretained($0) }, options: options,
                        handshake: handshake, make: make)
                ).cell
            }
            node.began(cell)
            if let name, let holder = name.claim(for: cell) {
                node.discard(cell)
                handshake.slot.recycle()
                if holder === cell { throw StartError(.badName(name.refusal.description), what: "\(S.self)") }
                try await waitForEnd(of: holder, limit, since: begun, "\(S.self)")
                continue
            }
            if link, let parent {
                _ = parent.link(to: cell)
                handshake.isLinked = true
            }
            before(cell.ref)
            if limit == nil { node.launch(cell, awaitedOn: #isolation) } else { node.launch(cell) }
            try await handshake.wait(for: cell, timeout: remaining(limit, since: begun, node))
            return cell.ref
        }
    }

    /// Begins a process on the starter's own thread; nil if it has to be started in a turn of its own.
    ///
    /// - Parameter parent: Nil for the process that runs now.
    @inlinable static func begin<S: StatefulBehavior>(
        _ name: ServerName<S>?, _ timeout: Duration?, _ options: ServerOptions, link: Bool, obeys: Bool = true,
        parent given: ProcessCell?, _ make: @escaping @Sendable (ProcessContext<S>) throws -> S
    ) throws(StartError) -> ServerRef<S>? {
        guard timeout == nil, options.timeout == nil, options.debug.isEmpty, S._beginsInline,
            let starter = InlineStart.starter(given)
        else { return nil }
        // A name is not even copied where there is none.
        let isNamed = name != nil
        if let problem = InlineStart.problem(starter, isNamed ? name?.problem : nil) {
            throw StartError(problem, what: "\(S.self)")
        }
        let cell = S._makeCell(
            ServerBlueprint(
                node: InlineStart.node(of: starter), origin: InlineStart.origin(of: starter, obeys: obeys),
                options: options, handshake: nil, make: nil)
        ).cell
        if !InlineStart.began(cell) || (isNamed && name?.claim(for: cell) != nil) {
            InlineStart.discard(cell)
            return nil
        }
        if link { InlineStart.link(starter, to: cell) }
        var make = PlainMake(make)
        let problem = withUnsafeMutablePointer(to: &make) {
            InlineStart.begin(cell, UnsafeMutableRawPointer($0), S.self, isOccupied: true)
        }
        if InlineStart.hasEnded(starter) {
            StartHandshake.abandon(cell, isLinked: link)
            throw StartError(.killed, what: "\(S.self)")
        }
        if let problem {
            if link { InlineStart.failed(cell, of: starter) }
            throw StartError(problem, what: "\(S.self)")
        }
        return cell.ref
    }

    /// A server that is never begun and that nobody finds.
    @usableFromInline static func nobody<S: StatefulBehavior>(
        _ server: S.Type, on node: Node, _ options: ServerOptions
    ) -> ServerRef<S> {
        let cell = S._makeCell(
            ServerBlueprint(
                node: .passUnretained(node), origin: nil, options: options, handshake: nil, make: nil)
        ).cell
        node.discard(cell)
        return cell.ref
    }

    @usableFromInline static func problem(_ parent: ProcessCell?, _ name: NameError?) -> StartError.Code? {
        if let parent, parent.has(ProcessCell.Control.dead) { return .killed }
        return name.map { .badName($0.description) }
    }

    /// A name whose holder is ending will be free: that is waited for. Any other holder refuses the start.
    @usableFromInline nonisolated(nonsending) static func waitForEnd(
        of holder: ProcessCell, _ limit: Duration?, since begun: UInt64, _ what: String
    ) async throws(StartError) {
        let limit = remaining(limit, since: begun, holder.node)
        let isInTime = limit.map { $0 > .zero } ?? true
        guard holder.isEnding, isInTime else { throw StartError(.alreadyStarted(holder.pid), what: what) }
        let watch = EndWatch()
        guard watch.add(holder) else { return }
        switch await watch.wait(timeout: limit, node: holder.node) {
        case nil: return
        case .killed: throw StartError(.killed, what: what)
        case .cancelled: throw StartError(.cancelled, what: what)
        default: throw StartError(.alreadyStarted(holder.pid), what: what)
        }
    }

    @usableFromInline static func remaining(_ limit: Duration?, since begun: UInt64, _ node: Node) -> Duration? {
        guard let limit else { return nil }
        return limit - Deadline.duration(node.scheduler.timers.now &- begun)
    }
}

extension Node {
    @usableFromInline var clockNow: UInt64 { scheduler.timers.now }

    /// A process that will not begin after all.
    @usableFromInline func discard(_ cell: ProcessCell) {
        cell.declareDead(.normal)
        scheduler.schedule(cell)
    }
}
