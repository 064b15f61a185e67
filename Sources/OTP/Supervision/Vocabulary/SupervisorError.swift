/// Why a supervisor did not do what it was asked to. The specification and everything that runs stay as they were.
public struct SupervisorError: Error, Sendable {
    /// What was wrong.
    public enum Code: Sendable {
        /// A child with this id runs already, or, of a dynamic supervisor, a process with the child's name.
        /// Erlang: `{already_started, Pid}`.
        case alreadyStarted(PID)
        /// A child with this id is known but does not run; restart or delete it. Erlang: `already_present`.
        case alreadyPresent
        /// No such child. Erlang: `not_found`.
        case notFound
        /// The children of a dynamic supervisor have no ids of their own: ask for them by their processes. What does not run
        /// is not kept there. Erlang: `simple_one_for_one`.
        case knownByProcessOnly
        /// The child runs; end it first. Erlang: `running`.
        case running
        /// The child has failed, or somebody has asked for it, and it is about to be started. Erlang: `restarting`.
        case restarting
        /// All children of this supervisor come from its template. Erlang: an error of `start_child` of a `simple_one_for_one`,
        /// which takes arguments and no specification.
        case notOfTemplate
        /// As many children as are allowed. Elixir: `:max_children`.
        case maxChildren(Int)
        /// The child's `init` threw, ended or took too long.
        case failedToStart(any Error)
        /// The supervisor has more restarts to do than it is allowed. Erlang: `reached_max_restart_intensity`.
        case restartLimit(count: Int, period: Duration, last: ExitReason?)
        /// The supervisor is ending.
        case shuttingDown
        /// Two children of one supervisor have this id. Erlang: `{duplicate_child_name, Id}`.
        case duplicateChild
        /// A negative number of restarts. Erlang: `{invalid_intensity, Value}`.
        case invalidRestartCount(Int)
        /// A period of restarts that is not above zero. Erlang: `{invalid_period, Value}`.
        case invalidRestartPeriod(Duration)
        /// A negative number of children. Elixir: `{invalid_max_children, Value}`.
        case invalidMaxChildren(Int)
        /// Fewer than one partition. Elixir: an `ArgumentError` of `PartitionSupervisor`.
        case invalidPartitions(Int)
        /// More partitions than the supervisor began with, or fewer than none.
        /// Elixir: an `ArgumentError` of `PartitionSupervisor.resize!/2`.
        case invalidResize(Int, most: Int)
        /// No partition is in use. Elixir: an `ArgumentError` of a look-up.
        case noPartitions
        /// A negative time to end. Erlang: `{invalid_shutdown, Value}`.
        case invalidShutdown(Duration)
        /// A negative time to wait for a killed predecessor.
        case invalidZombieGrace(Duration)
        /// A backoff out of range; the text says in what.
        case invalidBackoff(String)
        /// A significant child under `autoShutdown: .never`. Erlang: `bad_combination`.
        case significantWithoutAutoShutdown
        /// A significant child that is always restarted. Erlang: `bad_combination`.
        case significantButPermanent
        /// The specification was read back from a supervisor and is that of a temporary child: how that was started is
        /// forgotten as soon as it runs. Erlang: `{invalid_mfa, {M, F, undefined}}`.
        case startForgotten
    }

    /// What was wrong.
    public let code: Code
    /// Which child it was about, if it was about one.
    public let child: ChildID?

    /// Public for tests of code that handles such errors.
    public init(_ code: Code, child: ChildID? = nil) {
        self.code = code
        self.child = child
    }
}

extension SupervisorError: CustomStringConvertible {
    public var description: String {
        let child = child.map { "child \"\($0)\"" } ?? "supervisor"
        return switch code {
        case .alreadyStarted(let pid): "\(child) runs already, as \(pid)"
        case .alreadyPresent: "\(child) is known already but does not run: restart it or delete it first"
        case .notFound: "there is no \(child)"
        case .knownByProcessOnly:
            "\(child) cannot be asked for by its id: a dynamic supervisor knows its children by their processes"
        case .running: "\(child) runs: end it first"
        case .restarting: "\(child) is about to be started again: end it first"
        case .notOfTemplate:
            "\(child) does not come from the template of this supervisor: start it by the DynamicSupervisor, or elsewhere"
        case .maxChildren(let limit): "there are \(limit) children already, as many as are allowed"
        case .failedToStart(let error): "\(child) failed to start: \(error)"
        case .restartLimit(let count, let period, let last):
            "\(child) needed more than \(count) restarts in \(period)\(last.map { "; last end: \($0)" } ?? "")"
        case .shuttingDown: "the supervisor is ending"
        case .duplicateChild: "two children have the id \"\(self.child.map(\.description) ?? "")\": ids must differ"
        case .invalidRestartCount(let count): "\(count) restarts allowed: expected zero or more"
        case .invalidRestartPeriod(let period): "restarts counted over \(period): expected a time above zero"
        case .invalidMaxChildren(let limit): "at most \(limit) children: expected zero or more"
        case .invalidPartitions(let count): "\(count) partitions: expected one or more"
        case .invalidResize(let count, let most):
            "\(count) partitions: expected zero up to the \(most) that the supervisor began with"
        case .noPartitions: "no partition is in use: resize the supervisor first"
        case .invalidShutdown(let limit): "\(child) is to end within \(limit): expected zero or more"
        case .invalidZombieGrace(let grace): "\(child) has a zombie grace of \(grace): expected zero or more"
        case .invalidBackoff(let fault): "the backoff of \(child) is wrong: \(fault)"
        case .significantWithoutAutoShutdown:
            "\(child) is significant, but its supervisor never shuts down by itself: "
                + "expected autoShutdown .anySignificant or .allSignificant"
        case .significantButPermanent:
            "\(child) is significant and permanent, but a permanent child never ends for good: "
                + "expected .transient or .temporary"
        case .startForgotten:
            "\(child) was temporary, and how it was started is forgotten: expected a specification made anew"
        }
    }
}
