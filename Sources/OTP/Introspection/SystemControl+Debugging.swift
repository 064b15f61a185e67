extension SystemControl {
    // MARK: the log of events

    /// Keeps the last `count` events of a process: what it takes, what it answers, how its state is afterwards. They
    /// stand in its status and in a crash report as well. If events are kept already, the newest of them stay.
    /// Erlang: `sys:log(Name, {true, N})`.
    ///
    /// Every event and state is printed, which takes time: a server that is watched is slower. A synchronous server is
    /// not run on the threads of its callers meanwhile.
    public nonisolated(nonsending) static func startLog(
        of process: some SystemAddress, keeping count: Int = 10, timeout: Duration? = .seconds(5)
    ) async throws {
        try await debugging(process, "start of the log", timeout) { $0.startLog(keeping: count) }
    }

    /// Keeps events no longer, and forgets those that were kept. Erlang: `sys:log(Name, false)`.
    public nonisolated(nonsending) static func stopLog(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await debugging(process, "end of the log", timeout) { $0.stopLog() }
    }

    /// The events that are kept, oldest first; nil if none are. Erlang: `sys:log(Name, get)`.
    public nonisolated(nonsending) static func log(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws -> [SystemEvent]? {
        try await request(process, "log", timeout: timeout) { $0.keptEvents }
    }

    /// Prints the events that are kept, one line for each. Erlang: `sys:log(Name, print)`.
    public nonisolated(nonsending) static func printLog(
        of process: some SystemAddress, to sink: EventSink = .standardError, timeout: Duration? = .seconds(5)
    ) async throws {
        let (name, events) = try await request(process, "log", timeout: timeout) {
            ($0.debugName, $0.keptEvents ?? [])
        }
        for event in events { sink.write("*DBG* \(name) \(event)") }
    }

    // MARK: printing events

    /// Prints every event when it happens, `limit` of them at most: none if that is zero or less. Erlang:
    /// `sys:trace(Name, true)`.
    public nonisolated(nonsending) static func startTrace(
        of process: some SystemAddress, to sink: EventSink = .standardError, limit: Int? = nil,
        timeout: Duration? = .seconds(5)
    ) async throws {
        try await debugging(process, "start of the trace", timeout) { $0.trace(to: sink, limit: limit) }
    }

    /// Prints events no longer. Erlang: `sys:trace(Name, false)`.
    public nonisolated(nonsending) static func stopTrace(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await debugging(process, "end of the trace", timeout) { $0.trace(to: nil) }
    }

    /// Appends every event to a file, beside what a trace prints. Erlang: `sys:log_to_file(Name, FileName)`.
    ///
    /// - Throws: ``EventFileError`` if the file cannot be opened, besides what every request throws.
    public nonisolated(nonsending) static func startLogFile(
        of process: some SystemAddress, at path: String, timeout: Duration? = .seconds(5)
    ) async throws {
        let sink = try EventSink.file(path)
        try await debugging(process, "start of the log file", timeout) { $0.write(to: sink) }
    }

    /// Writes to the file no longer, and closes it. Erlang: `sys:log_to_file(Name, false)`.
    public nonisolated(nonsending) static func stopLogFile(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await debugging(process, "end of the log file", timeout) { $0.write(to: nil) }
    }

    // MARK: debug functions

    /// Calls `body` for every event, in the process, with a state of its own. It is removed when it returns `.done`,
    /// when it throws, and after `limit` calls. Erlang: `sys:install/2,3`.
    ///
    /// ```swift
    /// try await SystemControl.install("errors", in: ServerName.limiter, state: 0, limit: 1_000) { count, event in
    ///     if event.text.contains("limited") { count += 1 }
    ///     return count < 10 ? .keep : .done
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - id: Tells it from others. Nil: the place in the source from which it is installed, so that installing it
    ///     twice there has the effect of once.
    ///   - process: Whose events.
    ///   - state: The first state of the function.
    ///   - limit: How many events it is called for at most.
    ///   - body: What is done with each event. It is to be short: the process waits for it.
    /// - Returns: False if the id is in use; then nothing has changed.
    @discardableResult public nonisolated(nonsending) static func install<State: Sendable>(
        _ id: DebugID? = nil, in process: some SystemAddress, state: State, limit: Int? = nil,
        timeout: Duration? = .seconds(5), file: String = #fileID, line: Int = #line,
        _ body: @escaping @Sendable (inout State, SystemEvent) throws -> DebugStep
    ) async throws -> Bool {
        let id = id ?? DebugID("\(file):\(line)")
        return try await debugging(process, "installation of \(id)", timeout) { machine in
            var state = state
            return machine.install(id, limit: limit) { event in try body(&state, event) }
        }
    }

    /// Calls `body` for every event; see ``install(_:in:state:limit:timeout:file:line:_:)``. Erlang: `sys:install/2,3`.
    @discardableResult public nonisolated(nonsending) static func install(
        _ id: DebugID? = nil, in process: some SystemAddress, limit: Int? = nil, timeout: Duration? = .seconds(5),
        file: String = #fileID, line: Int = #line, _ body: @escaping @Sendable (SystemEvent) throws -> DebugStep
    ) async throws -> Bool {
        try await install(
            id, in: process, state: (), limit: limit, timeout: timeout, file: file, line: line
        ) { _, event in try body(event) }
    }

    /// Removes a debug function; false if there was none with this id. Erlang: `sys:remove/2,3`.
    @discardableResult public nonisolated(nonsending) static func remove(
        _ id: DebugID, from process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws -> Bool {
        try await debugging(process, "removal of \(id)", timeout) { $0.remove(id) }
    }

    /// Ends all of it: log, trace, file, statistics, installed functions. Erlang: `sys:no_debug/1,2`.
    public nonisolated(nonsending) static func stopDebugging(
        _ process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(process, "end of debugging", timeout: timeout) { cell in
            cell.clear(ProcessCell.Control.observed)
            cell.debugging { $0.removeAll() }
        }
    }

    private nonisolated(nonsending) static func debugging<Value: Sendable>(
        _ process: some SystemAddress, _ what: String, _ timeout: Duration?,
        _ change: @escaping @Sendable (inout DebugMachine) -> Value
    ) async throws -> Value {
        try await request(process, what, timeout: timeout) { $0.debugging(change) }
    }
}
