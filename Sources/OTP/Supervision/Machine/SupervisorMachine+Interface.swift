extension SupervisorMachine {
    /// A caller waiting for an answer, as the loop knows it.
    typealias RequestID = UInt64

    /// What happens to a supervisor.
    enum Input: Sendable {
        /// Start the declared children. Once.
        case start
        /// The child's `init` returned.
        case childStarted(ChildRef, PID)
        /// The child's `init` declined.
        case childIgnored(ChildRef)
        /// The child did not start; nothing of it runs any more.
        case childFailed(ChildRef, any Error)
        /// A child that had started has ended. A zombie is a killed child whose handler still runs.
        case childExited(ChildRef, ExitReason, leavesZombie: Bool)
        /// The last handler of a killed child has returned.
        case zombieEnded(ChildRef)
        case alarm(Alarm)
        case request(Request, RequestID)
        /// End, all children first. What runs at `deadline` (same clock as `now`) is killed.
        /// Given again, an earlier deadline counts.
        case shutdown(ExitReason, deadline: Duration?)
    }

    enum Request: Sendable {
        case startChild(ChildSpec)
        case terminateChild(ChildID)
        case restartChild(ChildID)
        case deleteChild(ChildID)
        case children
        case childCounts
        case childSpec(ChildID)
        case pid(ChildID)
    }

    enum Answer: Sendable {
        case done
        case pid(PID?)
        case children([ChildStatus])
        case counts(ChildCounts)
        case spec(ChildSpec)
        case failure(SupervisorError)
    }

    /// Something to be woken for. An alarm that is no longer wanted does no harm.
    enum Alarm: Hashable, Sendable {
        case stopTimeOver(ChildRef)
        case restart(ChildRef)
        case zombieGraceOver(ChildRef)
    }

    /// What the loop is to do, in order.
    enum Action: Sendable {
        /// Start it without waiting; one of `childStarted`, `childIgnored`, `childFailed` follows.
        case start(ChildRef, ChildSpec)
        /// Ask it to end. `deadline` is for supervisors: the time by which all below it must have ended.
        case askToStop(ChildRef, deadline: Duration?)
        case kill(ChildRef)
        case wake(Alarm, after: Duration)
        case cancel(Alarm)
        case answer(RequestID, Answer)
        case report(SupervisorReport.Event, child: ChildSpec, pid: PID?)
        /// All declared children run.
        case ready
        /// No child runs; end.
        case end(Ending)
    }

    /// Why a supervisor ends.
    struct Ending: Sendable {
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
}
