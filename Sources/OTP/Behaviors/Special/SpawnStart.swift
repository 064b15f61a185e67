/// Starts a process and waits until it has said that it is ready. Erlang: `proc_lib:start/3,4,5`; linked:
/// `proc_lib:start_link/3,4,5`.
///
/// ```swift
/// let (listener, port) = try await spawnStart(receiving: Event.self) { me, started in
///     let socket = try Socket.listen()
///     started(socket.port)
///     while true { … }
/// }
/// ```
///
/// - Parameters:
///   - name: Registered before `body` runs, free again if it fails.
///   - timeout: How long it may take until it is ready; nil: as long as it likes. After that it is killed.
///   - options: Its mailbox, and whether it is linked to the process that starts it.
///   - body: What it does. To return or throw before saying that it is ready is a failed start;
///     `throw StartSignal.ignore` declines.
/// - Throws: ``StartError``.
public nonisolated(nonsending) func spawnStart<Message: Sendable, Value: Sendable>(
    receiving type: Message.Type, name: ServerName<PlainBehavior<Message>>? = nil, timeout: Duration? = nil,
    options: SpawnOptions = SpawnOptions(),
    _ body: @escaping @Sendable (PlainProcess<Message>, StartAcknowledgement<Value>) async throws -> Void
) async throws(StartError) -> (process: ProcessRef<Message>, value: Value) {
    try await SpecialStart.plain(
        name, timeout, options: options, parent: CurrentProcess.cell,
        SpecialStart.Ties(isLinked: options.isLinked), body)
}

extension ProcessContext {
    /// Starts a process, monitors it in the same step, and waits until it has said that it is ready. Erlang:
    /// `proc_lib:start_monitor/3,4,5`.
    ///
    /// The notice of its end arrives also when the start fails: then the error tells why and by which monitor, and the notice
    /// comes, too.
    /// - Parameters:
    ///   - name: Registered before `body` runs, free again if it fails.
    ///   - timeout: How long it may take until it is ready; nil: as long as it likes. After that it is killed.
    ///   - options: Its mailbox, and whether it is linked to this process as well.
    ///   - down: Turns the notice of its end into one of this process's messages.
    ///   - body: What it does.
    /// - Throws: ``StartError``.
    public nonisolated(nonsending) func spawnStartMonitor<Message: Sendable, Value: Sendable>(
        receiving type: Message.Type, name: ServerName<PlainBehavior<Message>>? = nil, timeout: Duration? = nil,
        options: SpawnOptions = SpawnOptions(), down: @escaping @Sendable (DownMessage) -> B.Info,
        _ body: @escaping @Sendable (PlainProcess<Message>, StartAcknowledgement<Value>) async throws -> Void
    ) async throws(StartError) -> (process: ProcessRef<Message>, value: Value, monitor: MonitorRef) {
        if cell.notes(.started("process")) { throw StartError(.killed, what: "process") }
        var monitor: MonitorRef?
        let ties = SpecialStart.Ties(isLinked: options.isLinked) { monitor = self.monitor($0.pid, down) }
        do {
            let (process, value) = try await SpecialStart.plain(
                name, timeout, options: options, parent: cell, ties, body)
            return (process, value, monitor!)
        } catch {
            var error = error
            error.monitor = monitor
            throw error
        }
    }
}

extension PlainProcess {
    /// See ``ProcessContext/spawnStartMonitor(receiving:name:timeout:options:down:_:)``.
    public nonisolated(nonsending) func spawnStartMonitor<M: Sendable, Value: Sendable>(
        receiving type: M.Type, name: ServerName<PlainBehavior<M>>? = nil, timeout: Duration? = nil,
        options: SpawnOptions = SpawnOptions(), down: @escaping @Sendable (DownMessage) -> Message,
        _ body: @escaping @Sendable (PlainProcess<M>, StartAcknowledgement<Value>) async throws -> Void
    ) async throws(StartError) -> (process: ProcessRef<M>, value: Value, monitor: MonitorRef) {
        try await context.spawnStartMonitor(
            receiving: type, name: name, timeout: timeout, options: options, down: down, body)
    }
}
