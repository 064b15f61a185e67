/// A value in a process of its own, for others to read and change by functions that run there. Elixir: `Agent`.
///
/// ```swift
/// extension AgentName<Config> { static let config: Self = "config" }
///
/// Agent(.config) { Config.load() }                        // stands in a tree; made anew at each start
/// …
/// let timeout = try await AgentName<Config>.config.get(\.timeout)
/// try await AgentName<Config>.config.update { $0.timeout = .seconds(10) }
/// ```
///
/// Functions run one at a time, in the agent's process, in the order in which each caller sends them. They do not
/// suspend: what takes long is done by the caller, before or after. One that throws ends the agent, as any error in a
/// server does; a refusal is a value. The state never leaves the process: the compiler lets only results through that
/// may cross, so that the state itself need not be `Sendable`.
///
/// An agent is a server without messages of its own: names, `via` names, `stop`, monitors, snapshots and
/// `SystemControl` hold for it. Its label says where it was made. **Not for** anything that reacts to messages or time: that is a ``GenServer``.
public struct Agent<State>: Supervisable {
    public let childSpec: ChildSpec
    /// The name that was given to it.
    public let name: AgentName<State>?

    /// An agent as a child of a supervisor. Elixir: `{Agent, fun}` in a list of children.
    ///
    /// - Parameters:
    ///   - name: How others find it; valid again after each restart.
    ///   - id: Its name among its siblings; if left out, its registered name or `Agent`.
    ///   - restart: When it is started again.
    ///   - shutdown: How it is ended.
    ///   - backoff: How long to wait before it is started again.
    ///   - isSignificant: Whether its end by its own choice can end its supervisor.
    ///   - options: Time limits and mailbox.
    ///   - make: Makes the state, inside the agent's process, at each start. `throw StartSignal.ignore` declines.
    public init(
        _ name: AgentName<State>? = nil, id: ChildID? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, isSignificant: Bool = false,
        options: ServerOptions = ServerOptions(), fileID: StaticString = #fileID, line: UInt = #line,
        _ make: @escaping @Sendable () async throws -> State
    ) {
        self.name = name
        childSpec = AgentServer.child(
            id ?? name?.childID ?? "Agent", name: name, restart: restart, shutdown: shutdown,
            backoff: backoff, isSignificant: isSignificant, options: options
        ) { try await AgentServer($0, fileID, line, make) }
    }

    /// Starts an agent and waits until its state is made. Elixir: `Agent.start/2`.
    ///
    /// - Parameter timeout: How long that may take; nil: as long as it likes.
    /// - Throws: ``StartError``.
    @inlinable @discardableResult public nonisolated(nonsending) static func start(
        name: AgentName<State>? = nil, timeout: Duration? = nil, options: ServerOptions = ServerOptions(),
        fileID: StaticString = #fileID, line: UInt = #line, _ make: @escaping @Sendable () async throws -> State
    ) async throws(StartError) -> AgentRef<State> {
        try await AgentServer.start(name: name, timeout: timeout, options: options) {
            try await AgentServer($0, fileID, line, make)
        }
    }

    /// Starts an agent linked to the process that starts it. Elixir: `Agent.start_link/2`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<B>(
        _ parent: ProcessContext<B>, name: AgentName<State>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), fileID: StaticString = #fileID, line: UInt = #line,
        _ make: @escaping @Sendable () async throws -> State
    ) async throws(StartError) -> AgentRef<State> {
        try await AgentServer.startLink(parent, name: name, timeout: timeout, options: options) {
            try await AgentServer($0, fileID, line, make)
        }
    }

    /// Starts an agent linked to the plain process that starts it. Elixir: `Agent.start_link/2`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<M>(
        _ parent: PlainProcess<M>, name: AgentName<State>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), fileID: StaticString = #fileID, line: UInt = #line,
        _ make: @escaping @Sendable () async throws -> State
    ) async throws(StartError) -> AgentRef<State> {
        try await startLink(
            parent.context, name: name, timeout: timeout, options: options, fileID: fileID, line: line, make)
    }
}

/// A reference to one running agent. Elixir: its pid.
public typealias AgentRef<State> = ServerRef<AgentServer<State>>

/// A name under which an agent is found, also after it was restarted.
public typealias AgentName<State> = ServerName<AgentServer<State>>
