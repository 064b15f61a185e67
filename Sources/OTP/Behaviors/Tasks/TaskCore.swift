/// What becomes of a task, until its owner takes it.
///
/// It knows nothing of the type of the value, which lies in it as plain memory: what is generic can be specialised only in
/// the module that uses it, and would here look its types up at each step.
// @unchecked because everything that changes is guarded by the lock, once anybody but its maker knows of it, and the value
// belongs to one at a time: the body, until `noteReturn`; then whoever has claimed it.
@usableFromInline final class TaskCore: ProcessResource, @unchecked Sendable {
    /// Who is told when there is an outcome.
    enum Waiter {
        case slot(CallSlot, UInt64)
        case many(ManyWait, Int)
        case action(@Sendable () -> Void)
    }

    private enum Phase {
        case running
        /// The body has returned its value; the process has not ended yet.
        case returned
        case endedWithValue
        case ended(ExitReason)
        case taken
    }

    let owner: TaskOwner
    private let guarding = SpinLock()
    @exclusivity(unchecked) private var phase: Phase
    @exclusivity(unchecked) private var waiter: Waiter?
    @exclusivity(unchecked) private var process: ProcessCell?
    @exclusivity(unchecked) private var isBound: Bool
    @exclusivity(unchecked) @usableFromInline var value = TaskValue()

    /// A task that is to begin.
    init(owner: TaskOwner, isTied: Bool) {
        self.owner = owner
        isBound = isTied
        phase = .running
    }

    /// A task that failed before it began.
    init(owner: TaskOwner, failed reason: ExitReason) {
        self.owner = owner
        isBound = false
        phase = .ended(reason)
    }

    deinit { value.destroy() }

    var cell: ProcessCell? { guarding.withLock { process } }
    var pid: PID? { guarding.withLock { process?.pid } }

    /// Whether giving it up ends it.
    var isTied: Bool { guarding.withLock { isBound } }

    // MARK: the task's side

    /// The process has just been made: nobody else knows of either yet. Its half of the link to its owner is made too.
    func bind(_ cell: PlainCell<Never>, to ownerCell: ProcessCell?) {
        process = cell
        let relations = Relations()
        relations.resources = Few(self)
        if let ownerCell {
            relations.followed = owner.pid
            relations.links.addNew(owner.pid, .passUnretained(ownerCell))
        }
        cell.relations = relations
    }

    /// From now on the end of the process is the end of the task.
    func attach(_ cell: ProcessCell) {
        let isGivenUp = guarding.withLock { () -> Bool in
            process = cell
            if isBound, case .taken = phase { return true }
            return false
        }
        if !cell.own(self) { release(cell.pid, reason: cell.finalReason ?? .killed) }
        if isGivenUp { cell.kill() }
    }

    /// The body has returned. Its value counts when the process has ended, unless that had been asked to end before.
    @inlinable func returned<Value: Sendable>(_ value: Value) {
        self.value.store(value)
        if !noteReturn() { self.value.destroy() }
    }

    /// Whether the value that has just been stored counts.
    @usableFromInline func noteReturn() -> Bool {
        guarding.withLock {
            guard case .running = phase, let process else { return false }
            if process.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead) { return false }
            phase = .returned
            return true
        }
    }

    /// The value of a task that was done before it began.
    @inlinable func complete<Value: Sendable>(_ value: Value) {
        self.value.store(value)
        noteCompletion()
    }

    @usableFromInline func noteCompletion() { guarding.withLock { phase = .endedWithValue } }

    /// The process has ended: before its links and monitors are told.
    @usableFromInline func release(_ pid: PID, reason: ExitReason) {
        let (waiter, hasFailed) = guarding.withLock {
            defer { self.waiter = nil }
            switch phase {
            case .running: phase = .ended(reason)
            case .returned: phase = .endedWithValue
            case .endedWithValue, .ended, .taken: break
            }
            return (self.waiter, isFailed)
        }
        switch waiter {
        case .slot(let slot, let generation): if slot.claim(generation) { slot.publish() }
        case .many(let wait, let index): wait.settled(index, hasFailed: hasFailed)
        case .action(let action): action()
        case nil: break
        }
    }

    /// Only with the lock held.
    private var isFailed: Bool { if case .ended = phase { true } else { false } }

    // MARK: the owner's side

    /// The outcome, which then is gone: a value is whoever has claimed it's to take.
    func claim() -> TaskArrival { guarding.withLock { claimLocked() } }

    private func claimLocked() -> TaskArrival {
        switch phase {
        case .running, .returned: return .pending
        case .taken: return .nothing(.alreadyTaken)
        case .endedWithValue:
            phase = .taken
            return .value
        case .ended(let reason):
            phase = .taken
            return .exit(reason)
        }
    }

    /// The outcome; if it is still to come, `slot` is told of it, and the process is given, which lives as long as
    /// this does.
    func claim(orTell slot: CallSlot) -> (TaskArrival, Unmanaged<ProcessCell>?) {
        guarding.withLock {
            let arrival = claimLocked()
            guard case .pending = arrival else { return (arrival, nil) }
            guard waiter == nil, let process else { return (.nothing(.alreadyTaken), nil) }
            waiter = .slot(slot, slot.generation)
            return (arrival, .passUnretained(process))
        }
    }

    /// The outcome, after a wait: `slot` is not told of it any more.
    func claim(afterWaitIn slot: CallSlot) -> TaskArrival {
        guarding.withLock {
            if case .slot(slot, _) = waiter { waiter = nil }
            return claimLocked()
        }
    }

    enum Registration { case waits, ended(hasFailed: Bool), refused }

    /// Asks that `waiter` be told. One at a time may wait.
    func register(_ waiter: Waiter) -> Registration {
        guarding.withLock {
            switch phase {
            case .taken: return .refused
            case .endedWithValue, .ended: return .ended(hasFailed: isFailed)
            case .running, .returned:
                if self.waiter != nil { return .refused }
                self.waiter = waiter
                return .waits
            }
        }
    }

    func unregister() {
        let old = guarding.withLock { () -> Waiter? in
            defer { waiter = nil }
            return waiter
        }
        _ = old
    }

    /// Nobody will ask any more: its outcome goes nowhere, and the link to its owner ends. True if it ran.
    @discardableResult func abandon() -> Bool {
        let (before, old, cell) = guarding.withLock {
            defer {
                phase = .taken
                waiter = nil
            }
            return (phase, waiter, process)
        }
        // Told without the lock: somebody else may wait for a task that was started outside any Swift task.
        switch old {
        case .slot(let slot, let generation): slot.fail(generation, .abandoned)
        case .many(let wait, let index): wait.settled(index, hasFailed: true)
        case .action, nil: break
        }
        let (ran, isLeft) =
            switch before {
            case .running: (true, false)
            case .returned: (true, true)
            case .endedWithValue: (false, true)
            case .ended, .taken: (false, false)
            }
        // The body is done with it, and nobody can claim it any more.
        if isLeft { value.destroy() }
        guard ran, let cell else { return false }
        if isTied { owner.cell?.unlinkAndFlush(cell) }
        return true
    }

    /// Nobody will ask any more; a task that is tied to its owner is asked to end.
    func giveUp() {
        if abandon(), isTied { cell?.receiveExit(from: owner.pid, reason: .shutdown) }
    }
}

/// Ends the task of an ordinary Swift task when nobody can ask for its outcome any more: when its handle is gone.
@usableFromInline final class TaskTie: Sendable {
    private let giveUp: @Sendable () -> Void
    init(_ giveUp: @escaping @Sendable () -> Void) { self.giveUp = giveUp }
    deinit { giveUp() }
}
