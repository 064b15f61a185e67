extension ServerAddress {
    /// What `body` makes of the state. Elixir: `Agent.get/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait.
    ///   - body: Runs in the agent's process. What it throws ends the agent.
    /// - Throws: As ``call(timeout:_:)``.
    @inlinable public nonisolated(nonsending) func get<State, T>(
        timeout: Duration = .seconds(5), _ body: @escaping @Sendable (State) throws -> sending T
    ) async throws -> sending T where Server == AgentServer<State> {
        try await call(timeout: timeout) { reply in .init { reply(Parcel(try body($0))) } }.content
    }

    /// The whole state. Elixir: `Agent.get(agent, & &1)`.
    ///
    /// - Throws: As ``call(timeout:_:)``.
    @inlinable public nonisolated(nonsending) func get<State: Sendable>(
        timeout: Duration = .seconds(5)
    ) async throws -> State where Server == AgentServer<State> {
        try await get(timeout: timeout) { $0 }
    }

    /// Changes the state. Elixir: `Agent.update/3`.
    ///
    /// - Parameters: As ``get(timeout:_:)``.
    /// - Throws: As ``call(timeout:_:)``. When it returns, the change is made.
    @inlinable public nonisolated(nonsending) func update<State>(
        timeout: Duration = .seconds(5), _ body: @escaping @Sendable (inout State) throws -> Void
    ) async throws where Server == AgentServer<State> {
        try await call(timeout: timeout) { reply in
            .init {
                try body(&$0)
                reply()
            }
        }
    }

    /// Changes the state and gives back what `body` returns, in one step. Elixir: `Agent.get_and_update/3`.
    ///
    /// - Parameters: As ``get(timeout:_:)``.
    /// - Throws: As ``call(timeout:_:)``.
    @inlinable public nonisolated(nonsending) func getAndUpdate<State, T>(
        timeout: Duration = .seconds(5), _ body: @escaping @Sendable (inout State) throws -> sending T
    ) async throws -> sending T where Server == AgentServer<State> {
        try await call(timeout: timeout) { reply in .init { reply(Parcel(try body(&$0))) } }.content
    }

    /// Changes the state some time; before anything that the same caller sends after it. Never fails: without an agent
    /// nothing happens. Elixir: `Agent.cast/2`.
    @inlinable public func cast<State>(
        _ body: @escaping @Sendable (inout State) throws -> Void
    ) where Server == AgentServer<State> {
        cast(AgentServer<State>.Cast(body))
    }
}

/// Carries a result, which the compiler has seen to be nobody else's any more, from the agent to its caller.
// @unchecked because what is in it was sent: whoever packs it keeps nothing of it, and one unpacks it.
@usableFromInline struct Parcel<Content>: @unchecked Sendable {
    @usableFromInline let content: Content
    @inlinable init(_ content: sending Content) { self.content = content }
}
