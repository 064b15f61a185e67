/// The server behind an ``Agent``.
public struct AgentServer<State>: SynchronousGenServer {
    /// A function that gives an answer.
    public struct Call: Sendable {
        let run: @Sendable (inout State) throws -> Void
    }

    /// A function that nobody waits for.
    public struct Cast: Sendable {
        let run: @Sendable (inout State) throws -> Void
    }

    private var state: State

    init(
        _ me: Me, _ fileID: StaticString, _ line: UInt, _ make: @Sendable () async throws -> State
    ) async throws {
        me.label("made at \(fileID):\(line)")
        state = try await make()
    }

    public mutating func handleCall(_ call: Call, _ me: Me) throws -> Next {
        try call.run(&state)
        return .receive
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
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
