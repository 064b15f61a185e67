/// Something a supervisor did that somebody may have to know about. Erlang: a supervisor report.
public struct SupervisorReport: Sendable {
    /// What happened.
    public enum Event: Sendable {
        /// A child runs, for the first time or again. Only if ``Node/reportsProgress`` is set. Erlang: a progress report.
        case started
        /// A child did not start, at the start of the supervisor or when it was to be started again.
        /// Erlang: `start_error`.
        case startError(any Error)
        /// A child ended, and not of its own choice; it is restarted unless it is temporary.
        /// Erlang: `child_terminated`.
        case childTerminated(ExitReason)
        /// A child that was asked to end did so with another reason, or had to be killed. Erlang: `shutdown_error`.
        case shutdownError(ExitReason)
        /// The supervisor gives up: too many restarts. Erlang: `shutdown`, `reached_max_restart_intensity`.
        case gaveUp(ExitReason?)
        /// The replacement of a killed child starts while the child's last handler still runs.
        case overlap
    }

    /// The supervisor, as its own supervisor calls it; from the root down.
    public let supervisor: String
    /// The process of the supervisor.
    public let pid: PID
    /// What happened.
    public let event: Event
    /// The child it happened to. Erlang: the offender.
    public let child: ChildID
    /// The process of the child, if there was one.
    public let childPID: PID?
    /// The names of a child that has started.
    public internal(set) var childNames: [String] = []
    /// When the child is started again.
    public let restart: Restart
    /// How the child is ended.
    public let shutdown: Shutdown
    /// Worker or supervisor.
    public let kind: ChildSpec.Kind
    /// Whether the child did not end in time when it was asked to, and was killed. One that was killed by somebody else
    /// meanwhile ends with the same reason.
    public let hadToBeKilled: Bool
}

extension SupervisorReport: CustomStringConvertible {
    public var description: String {
        let offender = "child \"\(child)\"\(childPID.map { " \($0)" } ?? "")"
        let what =
            switch event {
            case .started:
                "\(offender)\(childNames.isEmpty ? "" : " \(childNames.joined(separator: ", "))") started, "
                    + "restart: \(restart), shutdown: \(shutdown)"
            case .startError(let error): "\(offender) failed to start: \(error)"
            case .childTerminated(let reason): "\(offender) ended: \(reason)"
            case .shutdownError(let reason): "\(offender) was asked to end and ended with \(reason)"
            case .gaveUp(let reason):
                "gives up: too many restarts, the last of \(offender)\(reason.map { ", which ended: \($0)" } ?? "")"
            case .overlap: "\(offender) was killed and still runs a handler; its replacement starts beside it"
            }
        return "supervisor \"\(supervisor)\" \(pid): \(what)"
    }
}

extension SupervisorReport {
    /// The whole report, field by field. Erlang: the report callback of `supervisor`.
    public func formatted(_ format: ReportFormat) -> String {
        var offender = ReportText()
        offender.add("id", "\(child)")
        offender.add("pid", childPID.map { "\($0)" })
        if !childNames.isEmpty { offender.add("registered names", childNames) }
        offender.add("restart", "\(restart)")
        offender.add("shutdown", "\(shutdown)")
        offender.add("kind", "\(kind)")
        var text = ReportText()
        text.add("supervisor", "\(supervisor) \(pid)")
        text.add("context", context)
        text.add("reason", reason)
        if case .started = event { text.add("started", offender) } else { text.add("offender", offender) }
        return text.formatted(format)
    }

    private var context: String? {
        switch event {
        case .started: nil
        case .startError: "start error"
        case .childTerminated: "child terminated"
        case .shutdownError: "shutdown error"
        case .gaveUp: "shutdown: too many restarts"
        case .overlap: "overlap: the child was killed and still runs a handler"
        }
    }

    private var reason: String? {
        switch event {
        case .startError(let error): "\(error)"
        case .childTerminated(let reason), .shutdownError(let reason): "\(reason)"
        case .gaveUp(let reason): reason.map { "\($0)" }
        case .started, .overlap: nil
        }
    }
}
