/// Starts children in order, starts them again when they fail, and ends them in reverse order.
/// Erlang and Elixir: `supervisor`, `Supervisor`.
public struct Supervisor: Sendable {}
