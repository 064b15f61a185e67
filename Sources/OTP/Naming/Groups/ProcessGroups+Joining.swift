internal import COTPRuntime

extension ProcessGroups {
    /// Puts processes into a group, each as often as it is listed. Erlang: `pg:join/3`.
    ///
    /// A process that has ended already joins and leaves at once.
    /// - Throws: ``GroupError``; as a call does, `CancellationError` and ``CallError`` `.killed`.
    @inlinable public nonisolated(nonsending) func join(_ group: Group, _ pids: PID...) async throws {
        try enter(group, pids)
    }

    /// See ``join(_:_:)-(_,PID...)``.
    @inlinable public nonisolated(nonsending) func join(_ group: Group, _ pids: [PID]) async throws {
        try enter(group, pids)
    }

    @inlinable func enter(_ group: Group, _ pids: [PID]) throws {
        let core = try running()
        let node = core.node._withUnsafeGuaranteedRef { $0.id }
        for pid in pids where pid.node != node { throw GroupError(.notLocal(pid), scope: text) }
        guard core.join(group, pids) else { throw GroupError(.notRunning, scope: text) }
    }

    /// Takes processes out of a group, each as often as it is listed. Erlang: `pg:leave/3`.
    ///
    /// - Returns: False if none of them was in it. Erlang: `not_joined`.
    /// - Throws: ``GroupError``; as a call does, `CancellationError` and ``CallError`` `.killed`.
    @discardableResult @inlinable public nonisolated(nonsending) func leave(
        _ group: Group, _ pids: PID...
    ) async throws -> Bool {
        try exit(group, pids)
    }

    /// See ``leave(_:_:)-(_,PID...)``.
    @discardableResult @inlinable public nonisolated(nonsending) func leave(
        _ group: Group, _ pids: [PID]
    ) async throws -> Bool {
        try exit(group, pids)
    }

    @inlinable func exit(_ group: Group, _ pids: [PID]) throws -> Bool {
        guard let wasIn = try running().leave(group, pids) else { throw GroupError(.notRunning, scope: text) }
        return wasIn
    }

    // MARK: monitors

    /// From now on this process is told of everybody who joins or leaves any group, one message for each operation, in
    /// their order. Erlang: `pg:monitor_scope/1`.
    ///
    /// - Parameter message: Turns an event into one of this process's messages, when that takes it out of its mailbox.
    /// - Returns: The monitor, and who is in which group now.
    /// - Throws: ``GroupError`` `.notRunning`.
    public nonisolated(nonsending) func monitor<B>(
        for me: ProcessContext<B>, _ message: @escaping @Sendable (GroupEvent<Group>) -> B.Info
    ) async throws -> (monitor: GroupMonitor, members: [Group: [PID]]) {
        try monitor(nil, by: me.cell, Self.teller(me.cell, message))
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
        let answer = try monitor(group, by: me.cell, Self.teller(me.cell, message))
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

    /// Ends a monitor: nothing more is told, and what waits in the mailbox leads to nothing. What the process that monitors
    /// has set aside in a selective `receive` goes too, if it is the one that asks. Erlang: `pg:demonitor/2`.
    ///
    /// - Returns: False if there was no such monitor.
    /// - Throws: ``GroupError`` `.notRunning`.
    @discardableResult public nonisolated(nonsending) func demonitor(_ monitor: GroupMonitor) async throws -> Bool {
        guard let was = try running().demonitor(monitor) else { throw GroupError(.notRunning, scope: text) }
        return was
    }

    private static func teller<B>(
        _ cell: BehaviorCell<B>, _ message: @escaping @Sendable (GroupEvent<Group>) -> B.Info
    ) -> GroupWatcher<Group>.Tell {
        { event, standing in cell.push(GroupNotice<B.Info>(of: event.monitor, standing) { message(event) }) }
    }

    private func monitor(
        _ group: Group?, by cell: ProcessCell, _ tell: @escaping GroupWatcher<Group>.Tell
    ) throws -> (monitor: GroupMonitor, members: [Group: [PID]]) {
        if cell.notes(.monitoringGroups(text)) { return (GroupMonitor(), [:]) }
        guard let answer = try running().monitor(group, by: cell, tell) else {
            throw GroupError(.notRunning, scope: text)
        }
        return answer
    }

    /// The running scope, to be written to by a caller who may do so.
    @inlinable func running() throws -> GroupCore<Group> {
        try GroupCaller.mayWrite(to: text)
        guard let core else { throw GroupError(.notRunning, scope: text) }
        return core
    }
}

/// Who joins and leaves is held to what holds for calls.
@usableFromInline enum GroupCaller {
    /// Nothing that a killed process still does has an effect, and who is cancelled is told so.
    @usableFromInline static func mayWrite(to scope: String) throws {
        let isDead = CurrentProcess.reference?._withUnsafeGuaranteedRef { $0.has(ProcessCell.Control.dead) } ?? false
        if isDead { throw CallError(.killed, call: "groups \(scope)") }
        if otp_is_cancelled() { throw CancellationError() }
    }
}
