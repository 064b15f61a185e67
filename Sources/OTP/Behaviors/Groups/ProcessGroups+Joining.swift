extension ProcessGroups {
    var server: ServerName<GroupScope<Group>> { ServerName("groups \(text)") }

    /// Puts processes into a group, each as often as it is listed. Erlang: `pg:join/3`.
    ///
    /// A process that has ended already joins and leaves at once.
    /// - Throws: ``GroupError``.
    public nonisolated(nonsending) func join(_ group: Group, _ pids: PID...) async throws {
        try await join(group, pids)
    }

    /// See ``join(_:_:)-(_,PID...)``.
    public nonisolated(nonsending) func join(_ group: Group, _ pids: [PID]) async throws {
        let node = Node.current.id
        if let stranger = pids.first(where: { $0.node != node }) {
            throw GroupError(.notLocal(stranger), scope: text)
        }
        try await running { try await $0.call(timeout: .unlimited) { .join(group, pids, $0) } }
    }

    /// Takes processes out of a group, each as often as it is listed. Erlang: `pg:leave/3`.
    ///
    /// - Returns: False if none of them was in it. Erlang: `not_joined`.
    /// - Throws: ``GroupError``.
    @discardableResult public nonisolated(nonsending) func leave(_ group: Group, _ pids: PID...) async throws -> Bool {
        try await leave(group, pids)
    }

    /// See ``leave(_:_:)-(_,PID...)``.
    @discardableResult public nonisolated(nonsending) func leave(_ group: Group, _ pids: [PID]) async throws -> Bool {
        try await running { try await $0.call(timeout: .unlimited) { .leave(group, pids, $0) } }
    }

    // MARK: monitors

    /// From now on this process is told of everybody who joins or leaves any group, one message for each operation, in
    /// their order. Erlang: `pg:monitor_scope/1`.
    ///
    /// - Parameter message: Turns an event into one of this process's messages. Runs in the scope's process: it is to be
    ///   short.
    /// - Returns: The monitor, and who is in which group now.
    /// - Throws: ``GroupError`` `.notRunning`.
    public nonisolated(nonsending) func monitor<B>(
        for me: ProcessContext<B>, _ message: @escaping @Sendable (GroupEvent<Group>) -> B.Info
    ) async throws -> (monitor: GroupMonitor, members: [Group: [PID]]) {
        let ref = me.ref
        return try await monitor(nil, by: ref.pid) { ref.send(message($0)) }
    }

    /// The same, for a plain process.
    ///
    /// - Throws: ``GroupError`` `.notRunning`.
    public nonisolated(nonsending) func monitor<M>(
        for me: PlainProcess<M>, _ message: @escaping @Sendable (GroupEvent<Group>) -> M
    ) async throws -> (monitor: GroupMonitor, members: [Group: [PID]]) {
        try await monitor(for: me.context, message)
    }

    /// From now on this process is told of everybody who joins or leaves this group. Erlang: `pg:monitor/2`.
    ///
    /// - Returns: The monitor, and who is in the group now.
    /// - Throws: ``GroupError`` `.notRunning`.
    public nonisolated(nonsending) func monitor<B>(
        _ group: Group, for me: ProcessContext<B>, _ message: @escaping @Sendable (GroupEvent<Group>) -> B.Info
    ) async throws -> (monitor: GroupMonitor, members: [PID]) {
        let ref = me.ref
        let answer = try await monitor(group, by: ref.pid) { ref.send(message($0)) }
        return (answer.monitor, answer.members[group] ?? [])
    }

    /// The same, for a plain process.
    ///
    /// - Throws: ``GroupError`` `.notRunning`.
    public nonisolated(nonsending) func monitor<M>(
        _ group: Group, for me: PlainProcess<M>, _ message: @escaping @Sendable (GroupEvent<Group>) -> M
    ) async throws -> (monitor: GroupMonitor, members: [PID]) {
        try await monitor(group, for: me.context, message)
    }

    /// Ends a monitor: nothing that happens afterwards is told. What is in the mailbox stays there. Erlang:
    /// `pg:demonitor/2`.
    ///
    /// - Returns: False if there was no such monitor.
    /// - Throws: ``GroupError`` `.notRunning`.
    @discardableResult public nonisolated(nonsending) func demonitor(_ monitor: GroupMonitor) async throws -> Bool {
        try await running { try await $0.call(timeout: .unlimited) { .demonitor(monitor, $0) } }
    }

    private nonisolated(nonsending) func monitor(
        _ group: Group?, by pid: PID, _ tell: @escaping GroupScope<Group>.Tell
    ) async throws -> GroupScope<Group>.Answer {
        try await running { try await $0.call(timeout: .unlimited) { .monitor(group, by: pid, tell, $0) } }
    }

    private nonisolated(nonsending) func running<Result>(
        _ body: nonisolated(nonsending) (ServerName<GroupScope<Group>>) async throws -> Result
    ) async throws -> Result {
        do { return try await body(server) } catch let error as CallError {
            switch error.code {
            case .noProcess, .exited: throw GroupError(.notRunning, scope: text)
            default: throw error
            }
        }
    }
}

extension ProcessGroups: Supervisable {
    /// The scope as a child of a supervisor; it stands before those that join.
    public var childSpec: ChildSpec {
        GroupScope<Group>.child(ChildID("groups \(text)"), name: server) { [text] in try GroupScope(text, $0) }
    }

    /// Starts the scope outside any tree. Erlang: `pg:start/1`.
    ///
    /// - Returns: Its process.
    /// - Throws: ``StartError`` `.alreadyStarted` if it runs.
    @discardableResult public nonisolated(nonsending) func start() async throws(StartError) -> PID {
        try await GroupScope<Group>.start(name: server) { [text] in try GroupScope(text, $0) }.pid
    }

    /// Starts the scope linked to the process that starts it. Erlang: `pg:start_link/1`.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws(StartError) -> PID {
        try await GroupScope<Group>.startLink(parent, name: server) { [text] in try GroupScope(text, $0) }.pid
    }

    /// Starts the scope linked to a plain process. Erlang: `pg:start_link/1`.
    @discardableResult public nonisolated(nonsending) func startLink<M>(
        _ parent: PlainProcess<M>
    ) async throws(StartError) -> PID {
        try await startLink(parent.context)
    }
}
