/// What a process that has done its own beginning needs to go on as a server.
/// Erlang: the arguments of `gen_server:enter_loop/3`.
public struct LoopEntry<Server: GenServer> {
    let server: Server
    let name: ServerName<Server>?
    let first: NextStep<Server>?

    /// Go on as this server. Erlang: `gen_server:enter_loop/3,4,5`.
    ///
    /// - Parameters:
    ///   - server: The state.
    ///   - name: The name that the process says it has; if it has not, it ends with ``NameError``.
    ///   - first: What comes first; nil: what `handleStart` says.
    public static func enter(
        _ server: Server, as name: ServerName<Server>? = nil, first: NextStep<Server>? = nil
    ) -> LoopEntry {
        LoopEntry(server: server, name: name, first: first)
    }
}

extension LoopEntry: SpecialEntry {
    static func handshake(of cell: ProcessCell) -> StartHandshake {
        unsafeDowncast(cell, to: ServerCell<Server>.self).handshake!
    }

    func enter(_ cell: ProcessCell) -> Server {
        unsafeDowncast(cell, to: ServerCell<Server>.self).first = first.map(FirstStep.init)
        return server
    }
}

extension GenServer {
    /// Starts a process that says itself when it is ready, does what it likes before and after, and then goes on as
    /// this server. Erlang: `proc_lib:start_link/3` with `gen_server:enter_loop/3` at its end.
    ///
    /// ```swift
    /// let (server, port) = try await Acceptor.spawnStart { me, started in
    ///     let socket = try Socket.listen()
    ///     started(socket.port)
    ///     return .enter(Acceptor(socket), as: .acceptor)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: Registered before `body` runs, free again if it fails.
    ///   - timeout: How long it may take until it is ready; nil: as long as it likes. After that it is killed.
    ///   - isLinked: Whether it is linked to the process that starts it.
    ///   - options: Its mailbox and time limits; the time limit for the start is `timeout`.
    ///   - body: What it does before it is a server. It has to call `started` before it returns.
    /// - Throws: ``StartError``.
    public nonisolated(nonsending) static func spawnStart<Value: Sendable>(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, isLinked: Bool = false,
        options: ServerOptions = ServerOptions(),
        _ body: @escaping @Sendable (Me, StartAcknowledgement<Value>) async throws -> LoopEntry<Self>
    ) async throws(StartError) -> (server: ServerRef<Self>, value: Value) {
        try await ServerStart.special(name, timeout, isLinked: isLinked, options, body)
    }
}
