/// How a supervisor ends a child. Erlang: the `shutdown` of a child specification.
public enum Shutdown: Sendable, Hashable {
    /// At once, without asking; the child's `terminate` does not run. Erlang: `brutal_kill`.
    case kill
    /// Asks with `shutdown`, and kills what has not ended after this time. Zero is allowed. Erlang: milliseconds.
    case within(Duration)
    /// Asks with `shutdown`, and waits as long as it takes. The default for supervisors. Erlang: `infinity`.
    case infinity
}
