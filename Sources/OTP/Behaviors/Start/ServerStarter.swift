/// What the children of one specification, or of one template, have in common. Its closures are written where the type of
/// the server is known, so that nothing of it has to be looked up at each start.
@usableFromInline final class ServerKind: Sendable {
    @usableFromInline typealias MakeCell = @Sendable (_ supervisor: ProcessCell) -> ProcessCell

    let server: any StatefulBehavior.Type
    let startTimeout: Duration?
    /// Whether what makes its state is known not to suspend, and nothing else asks for a turn of its own.
    let isPlain: Bool
    let makeCell: MakeCell
    let name: NameClaim?

    @usableFromInline init<Server: StatefulBehavior>(
        _ server: Server.Type, name: ServerName<Server>?, _ options: ServerOptions, isPlain: Bool,
        makeCell: @escaping MakeCell
    ) {
        self.server = server
        startTimeout = options.timeout
        self.isPlain = isPlain && options.timeout == nil && options.debug.isEmpty
        self.makeCell = makeCell
        self.name = name.map { NameClaim($0) }
    }

    private init(_ kind: ServerKind, _ name: NameClaim) {
        server = kind.server
        startTimeout = kind.startTimeout
        isPlain = kind.isPlain
        makeCell = kind.makeCell
        self.name = name
    }

    /// The same for one child with a name.
    @usableFromInline func named<Server>(_ name: ServerName<Server>) -> ServerKind { ServerKind(self, NameClaim(name)) }
}

/// A server's name, its type erased.
struct NameClaim: Sendable {
    /// Why it is no name.
    let problem: @Sendable () -> NameError?
    /// Gives it to a process, or says who has it: see ``ServerName/claim(for:)``.
    let claim: @Sendable (ProcessCell) -> ProcessCell?
    /// Why it cannot be given to anybody.
    let refusal: @Sendable () -> NameError

    init<Server>(_ name: ServerName<Server>) {
        problem = { name.problem }
        claim = { name.claim(for: $0) }
        refusal = { name.refusal }
    }
}

/// Starts a server as a child.
@usableFromInline struct ServerStarter: ChildStarter {
    /// Begins the process on this thread, or, with a handshake, prepares it for a turn of its own.
    @usableFromInline typealias Begin = @Sendable (ProcessCell, StartHandshake?) -> StartError.Code?

    let kind: ServerKind
    let begin: Begin

    @usableFromInline init(_ kind: ServerKind, _ begin: @escaping Begin) {
        self.kind = kind
        self.begin = begin
    }

    var startTimeout: Duration? { kind.startTimeout }

    var beginsInline: Bool { kind.isPlain && kind.server._beginsInline }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        if let problem = kind.name?.problem() {
            throw StartError(.badName(problem.description), what: "\(kind.server)")
        }
        let cell = kind.makeCell(supervisor)
        cell.limitTerminate(by: spec.shutdown)
        if let handshake { _ = begin(cell, handshake) }
        if let name = kind.name {
            try supervisor.adopt(cell, kind.server, name.claim, orElse: name.refusal)
        } else {
            supervisor.adopt(cell)
        }
        return cell
    }

    func begin(_ cell: ProcessCell, _ handshake: StartHandshake?) -> StartError.Code? { begin(cell, handshake) }
}

extension ProcessCell {
    /// A child's `terminate` may take as long as its supervisor waits for it.
    final func limitTerminate(by shutdown: Shutdown) {
        switch shutdown {
        case .within(let limit): terminateLimit = limit
        case .infinity: terminateLimit = nil
        case .kill: break
        }
    }
}

/// What children that are servers begin with.
@usableFromInline enum ServerChild {
    /// What makes the process of such a child, beneath its supervisor.
    @inlinable static func kind<Server: StatefulBehavior>(
        _ server: Server.Type, name: ServerName<Server>?, _ options: ServerOptions, isPlain: Bool
    ) -> ServerKind {
        ServerKind(server, name: name, options, isPlain: isPlain) { supervisor in
            // The supervisor runs, so that its lineage stays.
            Server._makeCell(
                ServerBlueprint(
                    node: supervisor.nodeRef, origin: supervisor.ownLineage, options: options, handshake: nil,
                    make: nil)
            ).cell
        }
    }

    /// Lets a child make its state in a turn of its own.
    @inlinable static func prepare<Server: StatefulBehavior>(
        _ cell: ProcessCell, _ handshake: StartHandshake?,
        _ make: @escaping @Sendable (ProcessContext<Server>) async throws -> Server
    ) -> StartError.Code? {
        guard let handshake else { preconditionFailure("\(Server.self) begins in a turn of its own") }
        unsafeDowncast(cell, to: BehaviorCell<Server>.self).begins(with: make, handshake)
        return nil
    }

    /// Lets a child make its state on this thread, or with a handshake in a turn of its own.
    @inlinable static func begin<Server: StatefulBehavior>(
        _ cell: ProcessCell, _ handshake: StartHandshake?,
        _ make: @escaping @Sendable (ProcessContext<Server>) throws -> Server
    ) -> StartError.Code? {
        if handshake != nil { return prepare(cell, handshake) { (me) async throws in try make(me) } }
        var make = PlainMake(make)
        return withUnsafeMutablePointer(to: &make) {
            InlineStart.begin(cell, UnsafeMutableRawPointer($0), Server.self)
        }
    }
}

extension ChildSpec {
    /// A server as a child.
    @usableFromInline init(
        _ id: ChildID, _ starter: ServerStarter?, restart: Restart, shutdown: Shutdown, backoff: Backoff?,
        isSignificant: Bool
    ) {
        self.init(
            id: id, restart: restart, shutdown: shutdown, isSignificant: isSignificant, backoff: backoff,
            starter: starter)
    }

    /// The same child with another starter.
    @usableFromInline func started(by starter: ServerStarter) -> ChildSpec {
        var copy = self
        copy.starter = starter
        return copy
    }
}
