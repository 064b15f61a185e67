extension ProcessGroups: Supervisable {
    var server: ServerName<GroupScope<Group>> { ServerName("groups \(text)") }

    /// The scope as a child of a supervisor; it stands before those that join.
    public var childSpec: ChildSpec {
        GroupScope<Group>.child(ChildID("groups \(text)"), name: server) { [text] in try GroupScope(text, $0) }
    }

    /// Starts the scope outside any tree. Erlang: `pg:start/1`.
    ///
    /// - Returns: Its process.
    /// - Throws: ``StartError`` `.alreadyStarted` if it runs.
    @discardableResult public nonisolated(nonsending) func start() async throws(StartError) -> PID {
        try await GroupScope<Group>.start(name: server) { [text] in try GroupScope(text, $0) }.pid
    }

    /// Starts the scope linked to the process that starts it. Erlang: `pg:start_link/1`.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws(StartError) -> PID {
        try await GroupScope<Group>.startLink(parent, name: server) { [text] in try GroupScope(text, $0) }.pid
    }

    /// Starts the scope linked to a plain process. Erlang: `pg:start_link/1`.
    @discardableResult public nonisolated(nonsending) func startLink<M>(
        _ parent: PlainProcess<M>
    ) async throws(StartError) -> PID {
        try await startLink(parent.context)
    }
}
