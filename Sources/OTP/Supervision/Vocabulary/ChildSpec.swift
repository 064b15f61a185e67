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

    /// Unique among its siblings. Changed where one specification makes several children, or another part of the program
    /// has made it. Elixir: `Supervisor.child_spec(specification, id: …)`.
    public var id: ChildID {
        get { traits.values.id }
        set { traits = traits.changed { $0.id = newValue } }
    }
    /// Counted apart by ``SupervisorRef/childCounts()``.
    public var kind: Kind { traits.values.kind }
    /// When to start it again.
    public var restart: Restart {
        get { traits.values.restart }
        set { traits = traits.changed { $0.restart = newValue } }
    }
    /// How to end it.
    public var shutdown: Shutdown {
        get { traits.values.shutdown }
        set { traits = traits.changed { $0.shutdown = newValue } }
    }
    /// Whether its end by its own choice can end the supervisor; see ``Supervisor/AutoShutdown``.
    public var isSignificant: Bool {
        get { traits.values.isSignificant }
        set { traits = traits.changed { $0.isSignificant = newValue } }
    }
    /// How long to wait between restarts; nil for not at all.
    public var backoff: Backoff? {
        get { traits.values.backoff }
        set { traits = traits.changed { $0.backoff = newValue } }
    }
    /// How long a replacement waits for a killed predecessor whose handler still runs.
    ///
    /// Swift cannot interrupt running code: a killed process is dead at once for everybody else, but its last handler
    /// runs on until it returns. After this time the replacement starts beside it, and the overlap is reported.
    public var zombieGrace: Duration {
        get { traits.values.zombieGrace }
        set { traits = traits.changed { $0.zombieGrace = newValue } }
    }
    /// What the template of a dynamic supervisor leads to that has made it, if one has.
    var template: ObjectIdentifier? { traits.values.template }
    /// All of it but the starter; shared by all copies, and by all children of one template.
    private(set) var traits: ChildTraits
    /// What starts it; nil once it is known that it will never be started again.
    var starter: (any ChildStarter)? {
        get { starting?.starter }
        set { starting = newValue.map(ChildStarting.init) }
    }
    /// The same, behind one reference.
    private(set) var starting: ChildStarting?

    init(
        id: ChildID, kind: Kind = .worker, restart: Restart = .permanent, shutdown: Shutdown? = nil,
        isSignificant: Bool = false, backoff: Backoff? = nil, zombieGrace: Duration = .seconds(5),
        starter: (any ChildStarter)?
    ) {
        traits = ChildTraits(
            ChildTraits.Values(
                id: id, kind: kind, restart: restart,
                shutdown: shutdown ?? (kind == .supervisor ? .infinity : .within(.seconds(5))),
                isSignificant: isSignificant, backoff: backoff, zombieGrace: zombieGrace))
        starting = starter.map(ChildStarting.init)
    }

    /// Stands where no child is.
    static let nobody = ChildSpec(id: "nobody", starter: nil)

    /// The same as what the template of a dynamic supervisor makes whose children are known by a `Ref`.
    @usableFromInline func ofTemplate<Ref>(of ref: Ref.Type) -> ChildSpec {
        var copy = self
        copy.traits = traits.changed { $0.template = ObjectIdentifier(ref) }
        return copy
    }

    /// It will never be started again.
    mutating func forgetStarter() { starting = nil }

    /// Nothing is left of the child.
    mutating func vacate() {
        traits = Self.nobody.traits
        starting = nil
    }
}

/// What starts a child, whatever that is: copied by one reference.
final class ChildStarting: Sendable {
    let starter: any ChildStarter

    init(_ starter: any ChildStarter) { self.starter = starter }
}

/// What is known of a child before it runs, in one place: a specification is copied a dozen times on its way.
final class ChildTraits: Sendable {
    struct Values: Sendable {
        var id: ChildID
        let kind: ChildSpec.Kind
        var restart: Restart
        var shutdown: Shutdown
        var isSignificant: Bool
        var backoff: Backoff?
        var zombieGrace: Duration
        var template: ObjectIdentifier?
    }

    let values: Values

    init(_ values: Values) { self.values = values }

    func changed(_ change: (inout Values) -> Void) -> ChildTraits {
        var values = values
        change(&values)
        return ChildTraits(values)
    }
}

extension ChildSpec: Supervisable {
    public var childSpec: ChildSpec { self }
}
