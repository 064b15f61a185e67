/// The server behind an ``Agent``. Open to the module that uses it: there it becomes code for one type of state.
public struct AgentServer<State>: SynchronousGenServer {
    /// A function that gives an answer.
    public struct Call: Sendable {
        @usableFromInline let run: @Sendable (inout State) throws -> Void
        @inlinable init(_ run: @escaping @Sendable (inout State) throws -> Void) { self.run = run }
    }

    /// A function that nobody waits for.
    public struct Cast: Sendable {
        @usableFromInline let run: @Sendable (inout State) throws -> Void
        @inlinable init(_ run: @escaping @Sendable (inout State) throws -> Void) { self.run = run }
    }

    /// The agent's state, for whoever looks at it or changes it from outside: `SystemControl.state(of: agent) { $0.state }`.
    public var state: State

    @inlinable init(
        _ me: Me, _ fileID: StaticString, _ line: UInt, _ make: @Sendable () async throws -> State
    ) async throws {
        me.label("made at \(fileID):\(line)")
        state = try await make()
    }

    @inlinable public mutating func handleCall(_ call: Call, _ me: Me) throws -> Next {
        try call.run(&state)
        return .receive
    }

    @inlinable public mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        try cast.run(&state)
        return .receive
    }
}

extension AgentServer.Call: CustomStringConvertible {
    public var description: String { "function of the state" }
}

extension AgentServer.Cast: CustomStringConvertible {
    public var description: String { "function of the state" }
}
