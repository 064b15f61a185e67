/// When a supervisor starts a child again after it has ended. Erlang: the `restart` of a child specification.
public enum Restart: Sendable, Hashable {
    /// Always, whatever the reason.
    case permanent
    /// After a failure only; an end with `normal` or `shutdown` is a choice, and the child stays away.
    case transient
    /// Never. The supervisor forgets the child when it ends, also when it was only stopped for the sake of a sibling.
    case temporary
}
