extension SystemControl {
    /// A copy of a server's state. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<A: ServerAddress>(
        of server: A, timeout: Duration? = .seconds(5)
    ) async throws -> A.Server where A.Server: GenServer & Sendable {
        try await state(of: server, timeout: timeout) { $0 }
    }

    /// What `look` reads from a server's state, in the server's process. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<A: ServerAddress, Value: Sendable>(
        of server: A, timeout: Duration? = .seconds(5), _ look: @escaping @Sendable (A.Server) throws -> Value
    ) async throws -> Value where A.Server: GenServer {
        try await request(server, "state", timeout: timeout) { cell in
            let state = try place(of: A.Server.self, in: cell)
            do { return try look(state.pointee) } catch { throw SystemCallError(.callbackFailed(error)) }
        }
    }

    /// Changes a server's state, in the server's process. If `change` throws, the state stays as it was. Erlang:
    /// `sys:replace_state/2,3`.
    ///
    /// - Returns: What `change` returns.
    @discardableResult public nonisolated(nonsending) static func replaceState<A: ServerAddress, Value: Sendable>(
        of server: A, timeout: Duration? = .seconds(5), _ change: @escaping @Sendable (inout A.Server) throws -> Value
    ) async throws -> Value where A.Server: GenServer {
        try await request(server, "replacement of the state", timeout: timeout) { cell in
            let state = try place(of: A.Server.self, in: cell)
            var changed = state.pointee
            do {
                let value = try change(&changed)
                state.pointee = changed
                return value
            } catch { throw SystemCallError(.callbackFailed(error)) }
        }
    }

    static func place<State>(of type: State.Type, in cell: ProcessCell) throws -> UnsafeMutablePointer<State> {
        if let place = cell.place(of: type) { return place }
        guard let found = cell.stateType else { throw SystemCallError(.noState) }
        throw SystemCallError(.wrongType(expected: "\(found)", found: "\(type)"))
    }

    /// The state that a plain process lets others see, by `exposeState`. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<Message: Sendable, State: Sendable>(
        of process: ProcessRef<Message>, as type: State.Type = State.self, timeout: Duration? = .seconds(5)
    ) async throws -> State {
        try await request(process.server, "state", timeout: timeout) { cell in
            guard let exposed = exposed(by: cell, Message.self) else { throw SystemCallError(.noState) }
            return try read(exposed)
        }
    }

    /// Changes the state that a plain process lets others see. Erlang: `sys:replace_state/2,3`.
    ///
    /// - Returns: The new state, as the process now sees it.
    @discardableResult public nonisolated(nonsending) static func replaceState<Message: Sendable, State: Sendable>(
        of process: ProcessRef<Message>, timeout: Duration? = .seconds(5),
        _ change: @escaping @Sendable (State) throws -> State
    ) async throws -> State {
        try await request(process.server, "replacement of the state", timeout: timeout) { cell in
            guard let exposed = exposed(by: cell, Message.self), let set = exposed.set else {
                throw SystemCallError(.noState)
            }
            let state: State = try read(exposed)
            do { try set(change(state)) } catch { throw SystemCallError(.callbackFailed(error)) }
            return try read(exposed)
        }
    }

    private static func exposed<Message: Sendable>(by cell: ProcessCell, _ type: Message.Type) -> ExposedState? {
        (cell as? BehaviorCell<PlainBehavior<Message>>)?.exposed
    }

    private static func read<State>(_ exposed: ExposedState) throws -> State {
        let state: any Sendable
        do { state = try exposed.get() } catch { throw SystemCallError(.callbackFailed(error)) }
        guard let typed = state as? State else {
            throw SystemCallError(.wrongType(expected: "\(type(of: state))", found: "\(State.self)"))
        }
        return typed
    }
}
