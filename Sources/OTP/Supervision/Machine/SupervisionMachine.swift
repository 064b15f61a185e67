/// Decides what a supervisor does; the loop tells it what happens and does what it says.
protocol SupervisionMachine: Sendable {
    /// Takes one input at the time `now`, which never goes back; ``actions`` says what is to be done.
    mutating func take(_ input: consuming SupervisionInput, at now: Duration)
    /// What is to be done, in order. Whoever performs it takes it out.
    var actions: [SupervisionAction] { get set }
    /// The present state, at the time `now`.
    func snapshot(at now: Duration) -> SupervisorSnapshot
}

extension SupervisionMachine {
    /// Takes one input at the time `now`, which never goes back, and returns what is to be done, in order.
    mutating func handle(_ input: consuming SupervisionInput, at now: Duration) -> [SupervisionAction] {
        take(input, at: now)
        defer { actions = [] }
        return actions
    }
}

/// A caller waiting for an answer, as the loop knows it.
typealias SupervisionRequestID = UInt64

/// What happens to a supervisor.
enum SupervisionInput: Sendable {
    /// Start the declared children. Once.
    case start
    /// The child's `init` returned.
    case childStarted(ChildRef, PID)
    /// The child's `init` declined.
    case childIgnored(ChildRef)
    /// The child did not start; nothing of it runs any more, unless it was killed and is a zombie.
    case childFailed(ChildRef, any Error, leavesZombie: Bool = false)
    /// The child did not start, for this process has its name.
    case nameTaken(ChildRef, StartError, by: PID)
    /// A child that had started has ended. A zombie is a killed child whose handler still runs.
    case childExited(ChildRef, ExitReason, leavesZombie: Bool)
    /// The last handler of a killed child has returned.
    case zombieEnded(ChildRef)
    case alarm(SupervisionAlarm)
    case request(SupervisionRequest, SupervisionRequestID)
    /// End, all children first. What runs at `deadline` (same clock as `now`) is killed.
    /// Given again, an earlier deadline counts.
    case shutdown(ExitReason, deadline: Duration?)
}

enum SupervisionRequest: Sendable {
    /// Which child: ids for declared supervisors, processes for dynamic ones.
    enum Child: Sendable {
        case id(ChildID)
        case process(PID)
    }

    case startChild(ChildSpec)
    case terminateChild(Child)
    case restartChild(ChildID)
    case deleteChild(ChildID)
    case children
    case childCounts
    case childSpec(Child)
    case pid(ChildID)
}

enum SupervisionAnswer: Sendable {
    case done
    case pid(PID?)
    /// The loop's own: the same with the process itself, which may have ended since.
    case process(ProcessCell)
    /// The loop's own: that, and what it has told of its start.
    indirect case told(ProcessCell, any Sendable)
    case children([ChildStatus])
    // In boxes, so that an answer fits into the slot of a call.
    indirect case counts(ChildCounts)
    indirect case spec(ChildSpec)
    indirect case failure(SupervisorError)
}

/// Something to be woken for. An alarm that is no longer wanted does no harm.
enum SupervisionAlarm: Hashable, Sendable {
    case stopTimeOver(ChildRef)
    /// At the shutdown of a dynamic supervisor: for all children whose time ends then.
    case stopTimesOver(Duration)
    case restart(ChildRef)
    case zombieGraceOver(ChildRef)
}

/// What the loop is to do, in order.
enum SupervisionAction: Sendable {
    /// Start it without waiting; one of `childStarted`, `childIgnored`, `childFailed` follows.
    case start(ChildRef, ChildSpec)
    /// Ask it to end. `deadline` is for supervisors: the time by which all below it must have ended.
    case askToStop(ChildRef, deadline: Duration?)
    case kill(ChildRef)
    case wake(SupervisionAlarm, after: Duration)
    case cancel(SupervisionAlarm)
    case answer(SupervisionRequestID, SupervisionAnswer)
    /// `isOverdue`: the child did not end in time when it was asked to, and was killed.
    indirect case report(SupervisorReport.Event, child: ChildSpec, pid: PID?, isOverdue: Bool)
    /// All declared children run.
    case ready
    /// No child runs; end.
    case end(SupervisionEnding)
}

/// Why a supervisor ends.
struct SupervisionEnding: Sendable {
    enum Cause: Sendable {
        /// It was asked to.
        case request
        /// A declared child did not start.
        case failedStart(SupervisorError)
        /// Too many restarts.
        case gaveUp(SupervisorError)
        /// Its significant children have ended by their own choice.
        case autoShutdown(ChildID)
    }

    let reason: ExitReason
    let cause: Cause
}
