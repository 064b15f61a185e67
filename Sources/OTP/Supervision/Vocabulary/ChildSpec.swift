/// Everything a supervisor knows about a child before it runs. Erlang and Elixir: a child specification.
///
/// Behaviours make them, with `Counter.child { Counter() }`; a supervisor is itself one.
public struct ChildSpec: Sendable {
    /// What stands below a supervisor. Erlang: the `type` of a child specification.
    public enum Kind: Sendable, Hashable {
        /// Does the work.
        case worker
        /// Looks after others.
        case supervisor
    }

    /// Unique among its siblings.
    public internal(set) var id: ChildID
    /// Counted apart by ``SupervisorRef/childCounts()``.
    public let kind: Kind
    /// When to start it again.
    public var restart: Restart
    /// How to end it.
    public var shutdown: Shutdown
    /// Whether its end by its own choice can end the supervisor; see ``Supervisor/AutoShutdown``.
    public var isSignificant: Bool
    /// How long to wait between restarts; nil for not at all.
    public var backoff: Backoff?
    /// How long a replacement waits for a killed predecessor whose handler still runs.
    ///
    /// Swift cannot interrupt running code: a killed process is dead at once for everybody else, but its last handler
    /// runs on until it returns. After this time the replacement starts beside it, and the overlap is reported.
    public var zombieGrace: Duration
    /// What starts it; nil once it is known that it will never be started again.
    var starter: (any ChildStarter)?

    init(
        id: ChildID, kind: Kind = .worker, restart: Restart = .permanent, shutdown: Shutdown? = nil,
        isSignificant: Bool = false, backoff: Backoff? = nil, zombieGrace: Duration = .seconds(5),
        starter: (any ChildStarter)?
    ) {
        self.id = id
        self.kind = kind
        self.restart = restart
        self.shutdown = shutdown ?? (kind == .supervisor ? .infinity : .within(.seconds(5)))
        self.isSignificant = isSignificant
        self.backoff = backoff
        self.zombieGrace = zombieGrace
        self.starter = starter
    }
}

extension ChildSpec: Supervisable {
    public var childSpec: ChildSpec { self }
}
