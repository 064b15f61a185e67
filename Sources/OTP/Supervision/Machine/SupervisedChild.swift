/// What a supervisor remembers of one child.
struct SupervisedChild: Sendable {
    enum Phase: Sendable {
        /// Not running: not yet started, ended on request, or ended for a sibling.
        case stopped
        /// Its `init` declined.
        case ignored
        /// It ended by its own choice.
        case gone
        /// Waiting for its `init`.
        case starting
        case running(PID)
        /// Asked to end, or killed.
        case stopping(PID?)
        /// Failed, to be started again: by an alarm or at the end of a zombie.
        case restarting(PendingRestart)
        /// To be started on request, at the end of a zombie.
        case held(SupervisorMachine.StartRun.Purpose)
    }

    var spec: ChildSpec
    /// One of the children the supervisor was declared with; the others were added while it ran.
    let isDeclared: Bool
    /// Grows along the list: a later child has a greater one.
    let order: UInt64
    var phase: Phase = .stopped
    /// The life that runs or ran last; 0 before the first.
    var life: UInt64 = 0
    /// Set as soon as the present life has ended, even if its end has yet to be dealt with.
    var exit: ExitReason?
    /// The present life did not end in time when it was asked to, and was killed.
    var isOverdue = false
    var restarts = 0
    var lastExit: ExitReason?
    var lastPID: PID?
    var startedAt: Duration = .zero
    /// Failures since it last ran for long, for its backoff.
    var failuresInARow = 0

    /// Stands in a slot that is free.
    static let none = SupervisedChild(spec: .nobody, isDeclared: false, order: 0)

    /// How it looks from outside.
    var status: ChildStatus {
        let phase: ChildStatus.Phase =
            switch phase {
            case .stopped: .stopped
            case .ignored: .ignored
            case .gone: .goneByChoice
            case .starting, .held: .starting
            case .running(let pid): .running(pid)
            case .stopping: .stopping
            case .restarting: .restarting
            }
        return ChildStatus(
            id: spec.id, kind: spec.kind, phase: phase, restart: spec.restart, restarts: restarts, lastExit: lastExit)
    }
}

/// A restart that has been decided on and waits for its moment.
struct PendingRestart: Sendable {
    /// Whether it already stands in the restart window.
    var isCounted: Bool
    /// Whether its alarm has yet to go off. If not, it waits for a zombie.
    var awaitsAlarm: Bool
}
