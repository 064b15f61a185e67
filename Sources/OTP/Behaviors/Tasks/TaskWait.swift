internal import Synchronization

extension TaskCore {
    /// What a wait came to.
    enum Arrival {
        case outcome(Outcome)
        case nothing(TaskFailure.Code)
    }

    /// Takes the outcome, waiting for it at most for `timeout`; nil: as long as it takes. A wait that is given up
    /// leaves the task as it was.
    nonisolated(nonsending) func arrival(within timeout: Duration?) async -> Arrival {
        if !owner.isCaller { return .nothing(.notOwner(owner.pid)) }
        switch take() {
        case .outcome(let outcome): return .outcome(outcome)
        case .nothing: return .nothing(.alreadyTaken)
        case .pending: break
        }
        if let timeout, timeout <= .zero { return .nothing(.timeout) }
        guard let cell else { return .nothing(.alreadyTaken) }
        let slot = CallSlot.acquire()
        // An edge of the waiting graph: a task that calls its owner meanwhile is refused.
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        slot.setServer(cell)
        var failure: CallFailure?
        switch register(.slot(slot, slot.generation)) {
        case .waits:
            await CallWait.settled(slot, timeout: timeout, node: cell.node, server: cell)
            failure = slot.hasFailed ? slot.takeFailure() : nil
            slot.recycle()
            unregister()
        case .ended:
            slot.recycle()
        case .refused:
            slot.recycle()
            return .nothing(.alreadyTaken)
        }
        if case .outcome(let outcome) = take() { return .outcome(outcome) }
        switch failure {
        case .cancelled: return .nothing(.cancelled)
        case .killed: return .nothing(.killed)
        case .cycle(let pids): return .nothing(.cycle(pids))
        default: return .nothing(.timeout)
        }
    }

    func result(_ outcome: Outcome) -> Result<Value, TaskFailure> {
        switch outcome {
        case .value(let value): .success(value)
        case .exit(let reason): .failure(TaskFailure(.exited(reason), pid: pid))
        }
    }

    func failure(_ code: TaskFailure.Code) -> Result<Value, TaskFailure> { .failure(TaskFailure(code, pid: pid)) }
}
