/// Whatever can stand in the list of a supervisor's children: a ``ChildSpec``, a ``Supervisor``, a
/// ``DynamicSupervisor``, and what other behaviours offer.
public protocol Supervisable: Sendable {
    /// How a supervisor starts, restarts and ends it.
    var childSpec: ChildSpec { get }
}
