extension SystemControl {
    /// Copies of a machine's state and data. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<A: ServerAddress>(
        of machine: A, timeout: Duration? = .seconds(5)
    ) async throws -> (state: A.Server.State, data: A.Server) where A.Server: GenStateMachine & Sendable {
        try await state(of: machine, timeout: timeout) { ($0, $1) }
    }

    /// What `look` reads from a machine's state and data, in the machine's process. Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func state<A: ServerAddress, Value: Sendable>(
        of machine: A, timeout: Duration? = .seconds(5),
        _ look: @escaping @Sendable (A.Server.State, A.Server) throws -> Value
    ) async throws -> Value where A.Server: GenStateMachine {
        try await request(machine, "state", timeout: timeout) { cell in
            let body = try machineBody(of: cell, A.Server.self)
            do { return try look(body.pointee.engine.state, body.pointee.data) } catch {
                throw SystemCallError(.callbackFailed(error))
            }
        }
    }

    /// Changes a machine's state and data, in the machine's process. If `change` throws, both stay as they were.
    ///
    /// A state that is set in this way is none that the machine has come into: no enter call, no timeout cancelled,
    /// nothing retried, and the graph is not asked. Erlang: `sys:replace_state/2,3`.
    /// - Returns: What `change` returns.
    @discardableResult public nonisolated(nonsending) static func replaceState<A: ServerAddress, Value: Sendable>(
        of machine: A, timeout: Duration? = .seconds(5),
        _ change: @escaping @Sendable (inout A.Server.State, inout A.Server) throws -> Value
    ) async throws -> Value where A.Server: GenStateMachine {
        try await request(machine, "replacement of the state", timeout: timeout) { cell in
            try replace(in: machineBody(of: cell, A.Server.self), change)
        }
    }

    /// Lets other functions handle a running machine's events from now on, with state and data made from the old ones: the
    /// same process, whose references, name, links, timeouts, postponed and waiting events stay. Erlang:
    /// `sys:change_code/4`, `code_change/4`.
    ///
    /// The change happens between two events, also while the process is suspended. Nothing is entered by it, and the graph is
    /// not asked. The machine itself can go back by `.becomeItself`.
    ///
    /// - Parameters:
    ///   - machine: Which.
    ///   - role: Whose functions; that they handle the same events, states and data is checked by the compiler.
    ///   - timeout: How long to wait for the answer.
    ///   - convert: Changes state and data, in the process. If it throws, all goes on as if nothing had been asked.
    /// - Throws: ``SystemCallError`` `.callbackFailed` if `convert` threw; besides what every request throws.
    public nonisolated(nonsending) static func changeCode<A: ServerAddress, Role: MachineRole>(
        of machine: A, to role: Role.Type, timeout: Duration? = .seconds(5),
        _ convert: @escaping @Sendable (inout A.Server.State, inout A.Server) throws -> Void = { _, _ in }
    ) async throws where A.Server: GenStateMachine, Role.Machine == A.Server {
        try await request(machine, "change of code", timeout: timeout) { cell in
            let body = try machineBody(of: cell, A.Server.self)
            try replace(in: body, convert)
            body.pointee.role = role
        }
    }

    /// Changes copies of state and data, and puts them in place if that went well.
    private static func replace<M: GenStateMachine, Value>(
        in body: UnsafeMutablePointer<MachineCell<M>.Body>, _ change: (inout M.State, inout M) throws -> Value
    ) throws -> Value {
        var (state, data) = (body.pointee.engine.state, body.pointee.data)
        do {
            let value = try change(&state, &data)
            body.pointee.engine.replaceState(state)
            body.pointee.data = data
            return value
        } catch { throw SystemCallError(.callbackFailed(error)) }
    }

    /// What a machine shows of itself: state, data, postponed events, timeouts. Erlang: `sys:get_status/1,2`.
    public nonisolated(nonsending) static func machineStatus<A: ServerAddress>(
        of machine: A, timeout: Duration? = .seconds(5)
    ) async throws -> MachineStatus where A.Server: GenStateMachine {
        try await request(machine, "status", timeout: timeout) { cell in
            guard let status = (cell as? MachineCell<A.Server>)?.status(.snapshot) else {
                throw SystemCallError(.noState)
            }
            return status
        }
    }

    private static func machineBody<M: GenStateMachine>(
        of cell: ProcessCell, _ type: M.Type
    ) throws -> UnsafeMutablePointer<MachineCell<M>.Body> {
        guard let body = (cell as? MachineCell<M>)?.body else { throw SystemCallError(.noState) }
        return body
    }
}
