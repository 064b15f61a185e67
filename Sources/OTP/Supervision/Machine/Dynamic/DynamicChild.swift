/// What a dynamic supervisor remembers of one child.
struct DynamicChild: Sendable {
    enum Phase: Sendable {
        /// Waiting for its first `init`; somebody waits for the answer.
        case starting(SupervisionRequestID)
        case running(PID)
        /// Failed, and waits for its `init`, an alarm or a zombie. Found by the PID it had last.
        case restarting(PID, Restarting)
        case stopping(PID?)
    }

    enum Restarting: Sendable {
        case awaitsInit
        case awaitsAlarm(isCounted: Bool)
        case awaitsZombie
    }

    var spec: ChildSpec
    /// Grows with each child that is listed.
    let order: UInt64
    var phase: Phase
    /// The present one; 0: nobody.
    var life: UInt64
    var restarts = 0
    var lastExit: ExitReason?
    /// It did not end in time when it was asked to, and was killed.
    var isOverdue = false
    var startedAt: Duration = .zero
    var failuresInARow = 0
    /// Killed, and its last handler still runs.
    var zombie: ChildRef?
    /// Waited for long enough: a replacement may start beside it.
    var zombieIsOverdue = false
    /// Who asked for its end.
    var terminators = Few<SupervisionRequestID>()

    /// Its slot is free: what is left keeps nothing of the child's.
    mutating func vacate() {
        life = 0
        spec.vacate()
        phase = .stopping(nil)
        lastExit = nil
        zombie = nil
        terminators = Few()
    }

    /// The process, or the last one it was.
    var pid: PID? {
        switch phase {
        case .starting: nil
        case .running(let pid), .restarting(let pid, _): pid
        case .stopping(let pid): pid
        }
    }

    var isRunning: Bool {
        if case .running = phase { true } else { false }
    }

    var status: ChildStatus {
        let phase: ChildStatus.Phase =
            switch phase {
            case .starting: .starting
            case .running(let pid): .running(pid)
            case .restarting: .restarting
            case .stopping: .stopping
            }
        return ChildStatus(
            id: spec.id, kind: spec.kind, phase: phase, restart: spec.restart, restarts: restarts, lastExit: lastExit)
    }
}
