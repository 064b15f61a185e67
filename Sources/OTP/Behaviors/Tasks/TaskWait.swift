internal import Synchronization

/// What a question for a task's outcome came to. Each outcome is claimed once.
@usableFromInline enum TaskArrival {
    /// A value, to be taken by whoever got this.
    case value
    case exit(ExitReason)
    /// None.
    case nothing(TaskFailure.Code)
    /// None yet.
    case pending

    var isOutcome: Bool {
        switch self {
        case .value, .exit: true
        case .nothing, .pending: false
        }
    }
}

/// How a question for a task's outcome goes on.
@usableFromInline enum TaskWait {
    case over(TaskArrival)
    /// A process waits: what is to happen before and after it suspends is done without another async function, each of
    /// which would be one more switch of executors.
    case inside(CallWait.Waiter, CallSlot)
    case outside(CallSlot)
}

extension TaskCore {
    /// Takes the outcome, waiting for it at most for `timeout`; nil: as long as it takes. A wait that is given up
    /// leaves the task as it was.
    ///
    /// - Parameter isPatient: Whether the wait counts for cycles of processes that wait for each other. One that ends by itself, and
    ///   whoever waited then goes on and may answer, closes none.
    nonisolated(nonsending) func arrival(within timeout: Duration?, isPatient: Bool = true) async -> TaskArrival {
        switch beginWait(timeout, isPatient: isPatient) {
        case .over(let arrival): return arrival
        case .inside(let waiter, let slot):
            await waiter.hub.suspend()
            return endWait(waiter, slot)
        case .outside(let slot): return await waitOutside(slot, timeout)
        }
    }

    /// Asks for the outcome, and makes everything ready to suspend if it is still to come.
    @usableFromInline func beginWait(_ timeout: Duration?, isPatient: Bool = true) -> TaskWait {
        if !owner.isCaller { return .over(.nothing(.notOwner(owner.pid))) }
        if let timeout, timeout <= .zero {
            let known = claim()
            if case .pending = known { return .over(.nothing(.timeout)) }
            return .over(known)
        }
        let slot = CallSlot.acquire()
        let (known, waitedFor) = claim(orTell: slot)
        guard let waitedFor else {
            slot.recycle()
            return .over(known)
        }
        // An edge of the waiting graph: a task that calls its owner meanwhile is refused.
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        if isPatient { slot.setServer(waitedFor) }
        guard let waiter = CallWait.waiter else { return .outside(slot) }
        // The end of the process settles the slot through `release`, or whoever gives the task up; nothing else but the
        // time, a cancellation and a kill of the owner does.
        if let timeout { CallWait.limit(slot, timeout, waitedFor._withUnsafeGuaranteedRef { $0.schedulerRef }) }
        CallWait.begin(waiter, slot, isPatient ? waitedFor : nil)
        return .inside(waiter, slot)
    }

    /// A process has waited.
    @usableFromInline func endWait(_ waiter: CallWait.Waiter, _ slot: CallSlot) -> TaskArrival {
        CallWait.end(waiter, slot, nil)
        return settled(slot)
    }

    /// The wait of a task that is no process.
    @usableFromInline nonisolated(nonsending) func waitOutside(_ slot: CallSlot, _ timeout: Duration?) async
        -> TaskArrival
    {
        guard let cell else { preconditionFailure("a task is waited for that has no process") }
        await CallWait.settled(slot, timeout: timeout, node: cell.node)
        return settled(slot)
    }

    private func settled(_ slot: CallSlot) -> TaskArrival {
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        let arrival = claim(afterWaitIn: slot, hasFailed: failure != nil)
        slot.recycle()
        if arrival.isOutcome { return arrival }
        // Why nobody waits for it any longer.
        switch failure {
        case .cancelled: return .nothing(.cancelled)
        case .killed: return .nothing(.killed)
        case .cycle(let pids): return .nothing(.cycle(pids))
        case .abandoned: return .nothing(.alreadyTaken)
        default: return .nothing(.timeout)
        }
    }

    // MARK: what the owner gets

    /// Why there is no value. A wait that came to nothing gives the task up.
    ///
    /// - Parameter limit: How long was waited.
    @usableFromInline func failure(_ arrival: TaskArrival, after limit: Duration?) -> TaskFailure {
        switch arrival {
        case .value, .pending: return failure(.timeout, after: limit)
        case .exit(let reason): return failure(.exited(reason))
        case .nothing(let code):
            switch code {
            case .timeout, .cancelled, .killed, .cycle: giveUp()
            case .exited, .notOwner, .alreadyTaken: break
            }
            return failure(code, after: limit)
        }
    }

    @usableFromInline func failure(_ code: TaskFailure.Code, after limit: Duration? = nil) -> TaskFailure {
        let cell = self.cell
        let facts = (cell as? PlainCell<Never>)?.task
        return TaskFailure(code, cell?.pid, at: facts.map { ($0.fileID, $0.line) }, limit: limit)
    }

    /// The outcome as it is given out; nil where there is none.
    @inlinable func result<Value: Sendable>(_ arrival: TaskArrival, as type: Value.Type) -> Result<Value, TaskFailure>?
    {
        switch arrival {
        case .value: .success(value.take(as: Value.self))
        case .exit(let reason): .failure(failure(.exited(reason)))
        case .nothing, .pending: nil
        }
    }

    /// The value of a task that has ended with one, as whoever asks has been told.
    @inlinable func takenValue<Value: Sendable>(as type: Value.Type) throws(TaskFailure) -> Value {
        guard let result = result(claimed(), as: type) else { throw failure(.alreadyTaken) }
        return try result.get()
    }

    @usableFromInline func claimed() -> TaskArrival { claimTold() }
}
