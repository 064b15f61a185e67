extension DynamicSupervisorMachine {
    typealias RequestID = SupervisorMachine.RequestID
    typealias Answer = SupervisorMachine.Answer
    typealias Ending = SupervisorMachine.Ending

    /// What happens to a dynamic supervisor.
    enum Input: Sendable {
        case childStarted(ChildRef, PID)
        case childIgnored(ChildRef)
        case childFailed(ChildRef, any Error)
        case childExited(ChildRef, ExitReason, leavesZombie: Bool)
        case zombieEnded(ChildRef)
        case alarm(Alarm)
        case request(Request, RequestID)
        case shutdown(ExitReason, deadline: Duration?)
    }

    enum Request: Sendable {
        case startChild(ChildSpec)
        case terminateChild(PID)
        case children
        case childCounts
        case childSpec(PID)
    }

    /// Something to be woken for. An alarm that is no longer wanted does no harm.
    enum Alarm: Hashable, Sendable {
        case stopTimeOver(ChildRef)
        /// At the shutdown: for all children with the same time to end.
        case stopTimesOver(Duration)
        case restart(ChildRef)
        case zombieGraceOver(ChildRef)
    }

    /// What the loop is to do, in order.
    enum Action: Sendable {
        case start(ChildRef, ChildSpec)
        case askToStop(ChildRef, deadline: Duration?)
        case kill(ChildRef)
        case wake(Alarm, after: Duration)
        case cancel(Alarm)
        case answer(RequestID, Answer)
        case report(SupervisorReport.Event, child: ChildSpec, pid: PID?)
        case end(Ending)
    }
}
