/// What a supervisor's process is sent.
enum SupervisorBehavior: ProcessBehavior {
    enum Call: Sendable {
        case request(SupervisionRequest, Reply<SupervisionAnswer>)
        /// A child that somebody was to begin himself has begun, or there is a problem; the answer to his request.
        case begun(ChildRef, StartError.Code?, SupervisionRequestID, Reply<SupervisionAnswer>)
        /// Answered at once, whatever the supervisor is in the middle of.
        case snapshot(Reply<SupervisorSnapshot>)
    }

    enum Info: Sendable {
        /// The start of a child is settled.
        case settled(ChildRef)
        /// The same of one that was begun on the thread that had run the supervisor. Nil: it runs.
        case begun(ChildRef, StartError.Code?)
        /// The name of a child may be free now, or has been waited for long enough.
        case nameFree(ChildRef)
        case nameTimeOver(ChildRef)
        case alarm(SupervisionAlarm)
        /// A linked process has ended, or somebody sent an exit signal.
        case exit(ExitMessage)
        /// A child that is being stopped has ended: noticed also if it has unlinked itself.
        case down(ChildRef, ExitReason)
        case zombieEnded(ChildRef)
    }

    static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery {
        server.supervisor.deliver(call)
    }
}

extension ServerRef where Server == SupervisorBehavior {
    /// Its process: `SupervisorStart` and `SupervisorStarter` make no others of this behaviour.
    var supervisor: SupervisorCell { unsafeDowncast(cell, to: SupervisorCell.self) }
}

/// As an exit signal from the parent, with the time by which everything below has to have ended.
// @unchecked as its superclass.
final class SupervisorStop: SystemMessage, @unchecked Sendable {
    let reason: ExitReason
    let deadline: Duration?

    init(_ reason: ExitReason, deadline: Duration?) {
        self.reason = reason
        self.deadline = deadline
    }
}
