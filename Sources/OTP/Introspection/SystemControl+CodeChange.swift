extension SystemControl {
    /// Lets another type take over a running server: the same process, with a state made from the old one. References,
    /// names, links, monitors, timers and waiting messages stay as they are. Erlang: `sys:change_code/4`,
    /// `code_change/3`.
    ///
    /// ```swift
    /// try await SystemControl.changeCode(of: ServerName.counter, to: CounterWithHistory.self) { old in
    ///     CounterWithHistory(count: old.count, history: [])
    /// }
    /// ```
    ///
    /// That both types have the same messages is checked by the compiler. The change happens between two messages, also
    /// while the process is suspended; to change several servers together, suspend them first. A server that a
    /// supervisor starts again begins as its specification says. A synchronous server is no longer run on the threads
    /// of its callers afterwards, and each message costs a little more.
    ///
    /// - Parameters:
    ///   - server: Which.
    ///   - type: Who takes over.
    ///   - timeout: How long to wait for the answer.
    ///   - convert: Makes the new state, in the process. If it throws, the old type goes on as if nothing had been
    ///     asked.
    /// - Throws: ``SystemCallError`` `.callbackFailed` if `convert` threw, `.wrongType` if another type than the one of
    ///   the address has taken over before; besides what every request throws.
    public nonisolated(nonsending) static func changeCode<A: ServerAddress, New: GenServer>(
        of server: A, to type: New.Type = New.self, timeout: Duration? = .seconds(5),
        _ convert: @escaping @Sendable (A.Server) throws -> New
    ) async throws
    where
        A.Server: GenServer, New.Call == A.Server.Call, New.Cast == A.Server.Cast, New.Info == A.Server.Info,
        New.Continuation == A.Server.Continuation
    {
        try await changeCode(of: server, from: A.Server.self, to: type, timeout: timeout, convert)
    }

    /// Lets another type take over a server that has been taken over before; see
    /// ``changeCode(of:to:timeout:_:)``.
    ///
    /// - Parameter old: Who has taken over last.
    public nonisolated(nonsending) static func changeCode<A: ServerAddress, Old: GenServer, New: GenServer>(
        of server: A, from old: Old.Type, to type: New.Type = New.self, timeout: Duration? = .seconds(5),
        _ convert: @escaping @Sendable (Old) throws -> New
    ) async throws
    where
        A.Server: GenServer, New.Call == A.Server.Call, New.Cast == A.Server.Cast, New.Info == A.Server.Info,
        New.Continuation == A.Server.Continuation
    {
        try await request(server, "change of code", timeout: timeout) { cell in
            let state = try place(of: Old.self, in: cell)
            let new: New
            do { new = try convert(state.pointee) } catch { throw SystemCallError(.callbackFailed(error)) }
            guard let cell = cell as? ServerCell<A.Server> else { throw SystemCallError(.noState) }
            cell.takeOver(SuccessorServer<A.Server, New>(new))
        }
    }

    /// A copy of the state of a server that another type has taken over. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<New: GenServer & Sendable>(
        of server: some SystemAddress, as type: New.Type, timeout: Duration? = .seconds(5)
    ) async throws -> New {
        try await request(server, "state", timeout: timeout) { try place(of: New.self, in: $0).pointee }
    }
}
