extension Supervisor {
    /// Which children are started again when one has failed. Erlang: `strategy` of the supervisor flags.
    public enum Strategy: Sendable, Hashable {
        /// Only that one. Erlang: `one_for_one`.
        case oneForOne
        /// All: the others are stopped in reverse order, then all start in order. Erlang: `one_for_all`.
        case oneForAll
        /// That one and those after it in the list. Erlang: `rest_for_one`.
        case restForOne
    }

    /// Whether a supervisor ends when its significant children have ended by their own choice.
    /// Erlang: `auto_shutdown`.
    public enum AutoShutdown: Sendable, Hashable {
        /// It does not; a significant child is then an error.
        case never
        /// With the first of them.
        case anySignificant
        /// With the last of them.
        case allSignificant
    }

    /// How many restarts a supervisor does before it gives up and leaves the matter to its own supervisor.
    /// Erlang: `intensity` and `period`. Elixir: `max_restarts` and `max_seconds`.
    public struct Restarts: Sendable, Hashable {
        /// The most restarts within ``period``; one more ends the supervisor.
        public let count: Int
        /// The length of time that is looked back upon at each restart.
        public let period: Duration

        /// At most `count` restarts, zero or more, in any `period` above zero. The default is 3 in 5 seconds.
        /// Erlang: `intensity` and `period`.
        ///
        /// Out of range values are reported when the supervisor starts, as ``SupervisorError``.
        public static func atMost(_ count: Int, in period: Duration) -> Restarts {
            Restarts(count: count, period: period)
        }

        func validate() throws(SupervisorError) {
            if count < 0 { throw SupervisorError(.invalidRestartCount(count)) }
            if period <= .zero { throw SupervisorError(.invalidRestartPeriod(period)) }
        }
    }
}
