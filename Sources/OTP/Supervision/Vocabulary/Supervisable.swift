/// Whatever can stand in the list of a supervisor's children: a ``ChildSpec``, a ``Supervisor``, a
/// ``DynamicSupervisor``, and what other behaviours offer. Elixir: what has a `child_spec/1`.
public protocol Supervisable: Sendable {
    /// How a supervisor starts, restarts and ends it.
    var childSpec: ChildSpec { get }
}
