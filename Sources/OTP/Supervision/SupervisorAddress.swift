/// Whatever leads to a running supervisor: a ``SupervisorRef`` or a ``SupervisorName``.
///
/// All requests are answered in the order in which they come, after what the supervisor is in the middle of; none has
/// a time limit. A start beside a predecessor that was killed and still runs waits for that, and the others do not wait for it.
/// They throw ``SupervisorError`` when the supervisor refuses, and ``CallError`` when there is none
/// (`.noProcess`) or it ends meanwhile. A dynamic supervisor knows its children by their processes and refuses requests by
/// id (`.knownByProcessOnly`).
public protocol SupervisorAddress: SystemAddress, CustomStringConvertible {
    /// The supervisor that is meant at this moment.
    var ref: SupervisorRef? { get }
}

extension SupervisorAddress {
    public var addressDescription: String { description }
    public var _process: SystemProcess? { ref?.server._process }

    /// Adds a child at the end of the list and starts it. Erlang: `supervisor:start_child/2`.
    ///
    /// One that waits for a predecessor that was killed and still runs is forgotten if a sibling fails meanwhile that takes it
    /// along: `.failedToStart` with `shutdown`.
    ///
    /// - Returns: The process; nil if the child's `init` declined to start, in which case a temporary child is
    ///   forgotten and any other is kept as ``ChildStatus/Phase/ignored``.
    /// - Throws: ``SupervisorError`` `.alreadyStarted`, `.alreadyPresent`, `.restarting`, `.failedToStart`, `.shuttingDown`, of a
    ///   dynamic supervisor also `.notOfTemplate` and `.maxChildren`, or what is wrong with the specification; nothing is
    ///   added then.
    @discardableResult public nonisolated(nonsending) func startChild(
        _ child: some Supervisable
    ) async throws -> PID? {
        switch try SupervisorQuestion.start(child.childSpec, at: ref?.server, self) {
        case .process(let cell): return cell?.pid
        case .asked(let question): return try await question.settled().pid
        }
    }

    /// Ends a child and waits for its end; the specification stays, unless the child is temporary.
    /// No matter if it did not run. Erlang: `supervisor:terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`, `.shuttingDown`, of a dynamic supervisor `.knownByProcessOnly`.
    public nonisolated(nonsending) func terminateChild(_ id: ChildID) async throws {
        _ = try await request(.terminateChild(.id(id)))
    }

    /// Ends the child that is this process. Only dynamic supervisors know their children by process.
    /// Elixir: `DynamicSupervisor.terminate_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    public nonisolated(nonsending) func terminateChild(_ pid: PID) async throws {
        if let question = try SupervisorQuestion.terminate(pid, at: ref?.server, self) {
            _ = try await question.settled()
        }
    }

    /// Starts a child that does not run. Erlang: `supervisor:restart_child/2`.
    ///
    /// While the child waits for a predecessor that was killed and still runs, all who ask for it wait for the one start.
    ///
    /// - Returns: The process; nil if the child's `init` declined to start.
    /// - Throws: ``SupervisorError`` `.running`, `.restarting`, `.notFound`, `.failedToStart`, `.shuttingDown`, of a dynamic
    ///   supervisor `.knownByProcessOnly`.
    @discardableResult public nonisolated(nonsending) func restartChild(_ id: ChildID) async throws -> PID? {
        try await request(.restartChild(id)).pid
    }

    /// Forgets a child that does not run. Erlang: `supervisor:delete_child/2`.
    ///
    /// - Throws: ``SupervisorError`` `.running`, `.restarting`, `.notFound`, `.shuttingDown`, of a dynamic supervisor
    ///   `.knownByProcessOnly`.
    public nonisolated(nonsending) func deleteChild(_ id: ChildID) async throws {
        _ = try await request(.deleteChild(id))
    }

    /// The children in the order of their start. Erlang: `supervisor:which_children/1`, which reverses it.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func children() async throws -> [ChildStatus] {
        guard case .children(let children) = try await request(.children) else { return [] }
        return children
    }

    /// How many children there are. Erlang: `supervisor:count_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func childCounts() async throws -> ChildCounts {
        guard case .counts(let counts) = try await request(.childCounts) else {
            preconditionFailure("a supervisor counts its children when asked to")
        }
        return counts
    }

    /// The specification of a child. Erlang: `supervisor:get_childspec/2`.
    ///
    /// Of a running temporary child: it no longer says how that is started, and nothing can be started by it.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`, of a dynamic supervisor `.knownByProcessOnly`.
    public nonisolated(nonsending) func childSpec(of id: ChildID) async throws -> ChildSpec {
        try await spec(.id(id))
    }

    /// The specification of a child of a dynamic supervisor. Erlang: `supervisor:get_childspec/2`.
    ///
    /// Of a running temporary child: it no longer says how that is started, and nothing can be started by it.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`.
    public nonisolated(nonsending) func childSpec(of pid: PID) async throws -> ChildSpec {
        try await spec(.process(pid))
    }

    private nonisolated(nonsending) func spec(_ child: SupervisionRequest.Child) async throws -> ChildSpec {
        guard case .spec(let spec) = try await request(.childSpec(child)) else {
            throw SupervisorError(.notFound, child: child.id)
        }
        return spec
    }

    /// The process of a child; nil if it does not run.
    ///
    /// - Throws: ``SupervisorError`` `.notFound`, of a dynamic supervisor `.knownByProcessOnly`.
    public nonisolated(nonsending) func pid(of id: ChildID) async throws -> PID? {
        try await request(.pid(id)).pid
    }

    /// The supervisor at this instant: strategy, budget, children, who is gone. Answered also while it is busy.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func snapshot() async throws -> SupervisorSnapshot {
        try await live().call(timeout: .unlimited) { .snapshot($0) }
    }

    /// Ends the supervisor, its children first, and waits for it. Erlang: `gen_server:stop/3`; Elixir:
    /// `Supervisor.stop/3`.
    ///
    /// - Parameters:
    ///   - reason: What links and monitors of the supervisor will see; the children are told `shutdown` in any case.
    ///   - deadline: How long all of it may take; what runs then is killed. It caps the time of each child.
    ///     Given again while it is ending, the earlier one counts. Nil: as long as the children may take.
    /// - Throws: ``CallError``: `.noProcess`; `.exited` if it ended with another reason.
    public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, deadline: Duration? = nil
    ) async throws {
        let server = try live()
        guard let deadline, server.isAlive else { return try await server.stop(reason: reason, timeout: nil) }
        server.cell.push(SupervisorStop(reason, deadline: server.cell.node.now + deadline))
        try await server.obeyed(reason)
    }

    /// Waits until the supervisor has ended; at once if it has. Returns why.
    public nonisolated(nonsending) func waitForEnd() async -> ExitReason {
        guard let ref else { return .noProcess }
        return await ref.server.waitForEnd() ?? .noProcess
    }

    private func live() throws -> ServerRef<SupervisorBehavior> {
        guard let ref else { throw CallError(.noProcess, call: "supervisor \(description)") }
        return ref.server
    }

    nonisolated(nonsending) func request(_ request: SupervisionRequest) async throws -> SupervisionAnswer {
        try await SupervisorQuestion(request, to: ref?.server, self).settled()
    }
}

extension ServerRef<SupervisorBehavior> {
    /// Waits for the end of a supervisor that has been told to end with `reason`. It may have obeyed before it could be watched.
    nonisolated(nonsending) func obeyed(_ reason: ExitReason) async throws {
        do { try await stop(reason: reason, timeout: nil) } catch let error as CallError {
            guard case .noProcess = error.code, let end = cell.finalReason else { throw error }
            if !end.isSame(as: reason) { throw CallError(.exited(end), pid: pid, call: error.call) }
        }
    }
}

extension SupervisionAnswer {
    var pid: PID? {
        switch self {
        case .pid(let pid): pid
        case .process(let cell), .told(let cell, _): cell.pid
        default: nil
        }
    }
}
