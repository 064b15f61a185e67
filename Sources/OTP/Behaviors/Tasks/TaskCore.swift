internal import Synchronization

/// What becomes of a task, until its owner takes it.
///
/// It knows nothing of the type of the value, which lies in it as plain memory: what is generic can be specialised only in
/// the module that uses it, and would here look its types up at each step.
/// It is all that the process of a task is tied to, with the link to the owner: see ``SoleTie``.
// @unchecked because everything that changes is guarded by the lock, once anybody but its maker knows of it, and the value
// belongs to one at a time: the body, until `noteReturn`; then whoever has claimed it.
@usableFromInline final class TaskCore: SoleTie, @unchecked Sendable {
    /// Who is told when there is an outcome.
    enum Waiter {
        case slot(CallSlot, UInt64)
        case many(ManyWait, Int)
    }

    private enum Phase {
        case running
        case endedWithValue
        case ended(ExitReason)
        case taken
    }

    let owner: TaskOwner
    private let guarding = SpinLock()
    @exclusivity(unchecked) private var phase: Phase
    @exclusivity(unchecked) private var waiter: Waiter?
    /// Told where nobody waits then: see ``ProcessContext/follow(_:then:)``.
    @exclusivity(unchecked) private var follower: (@Sendable () -> Void)?
    /// Retained. Set before the process begins.
    @exclusivity(unchecked) private var processRef: Unmanaged<ProcessCell>?
    @exclusivity(unchecked) private var isBound: Bool
    /// The body has returned its value, and that counts; the process may not have ended yet. Set by the body.
    private let hasReturned = Atomic<Bool>(false)
    /// The value; before it, what makes it.
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

    deinit {
        value.destroy()
        processRef?.release()
    }

    private var process: ProcessCell? { processRef?.takeUnretainedValue() }
    var cell: ProcessCell? { guarding.withLock { process } }
    var pid: PID? { guarding.withLock { process?.pid } }

    /// Whether giving it up ends it.
    var isTied: Bool { guarding.withLock { isBound } }

    // MARK: the task's side

    /// The process has just been made, and is retained: nobody else knows of either yet. Its half of the link to its owner is
    /// made too.
    func bind(_ cell: Unmanaged<ProcessCell>, to ownerCell: ProcessCell?) {
        processRef = cell
        cell._withUnsafeGuaranteedRef { $0.tie(to: self, linkedTo: ownerCell) }
    }

    /// From now on the end of the process is the end of the task.
    func attach(_ cell: ProcessCell) {
        let isGivenUp = guarding.withLock { () -> Bool in
            processRef = .passRetained(cell)
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

    /// Whether the value that has just been stored counts. Takes no lock: whoever finds the mark finds the value, and who
    /// does not finds an end without one, for the process has been killed meanwhile.
    @usableFromInline func noteReturn() -> Bool {
        let isAsked = processRef?._withUnsafeGuaranteedRef {
            $0.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead)
        }
        if isAsked != false { return false }
        hasReturned.store(true, ordering: .releasing)
        return true
    }

    /// Work that awaits nothing is kept where its value will be.
    @usableFromInline struct Work<Value> {
        @usableFromInline let run: @Sendable () throws -> Value
        @inlinable init(_ run: @escaping @Sendable () throws -> Value) { self.run = run }
    }

    /// Before the process begins.
    @inlinable func put<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) {
        value.store(Work(work))
    }

    /// Runs the work that was put there. What it holds on to is freed when it has returned.
    @inlinable func runWork<Value: Sendable>(giving type: Value.Type) throws {
        returned(try value.take(as: Work<Value>.self).run())
    }

    override func dropWork() { value.destroy() }

    /// The value of a task that was done before it began.
    @inlinable func complete<Value: Sendable>(_ value: Value) {
        self.value.store(value)
        noteCompletion()
    }

    @usableFromInline func noteCompletion() { guarding.withLock { phase = .endedWithValue } }

    /// The process has ended: before its links and monitors are told.
    @usableFromInline override func release(_ pid: PID, reason: ExitReason) {
        let hasValue = hasReturned.load(ordering: .acquiring)
        // Moved, so that no reference is counted.
        var waiter: Waiter?
        var follower: (@Sendable () -> Void)?
        guarding.lock()
        swap(&waiter, &self.waiter)
        if waiter == nil { swap(&follower, &self.follower) }
        var isUnwanted = false
        switch phase {
        case .running: phase = hasValue ? .endedWithValue : .ended(reason)
        case .taken: isUnwanted = hasValue
        case .endedWithValue, .ended: break
        }
        guarding.unlock()
        // The body is done with it, and nobody can claim it any more.
        if isUnwanted { value.destroy() }
        switch waiter {
        case .slot(let slot, let generation): if slot.claim(generation) { slot.publish() }
        case .many(let wait, let index): wait.settled(index, hasFailed: !hasValue)
        case nil: follower?()
        }
    }

    /// Only with the lock held.
    private var isFailed: Bool { if case .ended = phase { true } else { false } }

    // MARK: the owner's side

    /// The outcome, which then is gone: a value is whoever has claimed it's to take.
    func claim() -> TaskArrival { guarding.withLock { claimLocked() } }

    private func claimLocked() -> TaskArrival {
        switch phase {
        case .running: return .pending
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
            guard waiter == nil, let processRef else { return (.nothing(.alreadyTaken), nil) }
            waiter = .slot(slot, slot.generation)
            return (arrival, processRef)
        }
    }

    /// The outcome, after a wait: `slot` is not told of it any more.
    ///
    /// A process that has been told of the end needs no lock: who told it is done, and nobody else may ask.
    func claim(afterWaitIn slot: CallSlot, hasFailed: Bool) -> TaskArrival {
        if !hasFailed { return claimTold() }
        return guarding.withLock {
            if case .slot(slot, _) = waiter { waiter = nil }
            return claimLocked()
        }
    }

    /// The outcome, for an owner that has been told of the end.
    func claimTold() -> TaskArrival { owner.isProcess ? claimLocked() : claim() }

    enum Registration { case waits, ended(hasFailed: Bool), refused }

    /// Asks that `waiter` be told. One at a time may wait.
    func register(_ waiter: Waiter) -> Registration {
        guarding.withLock {
            switch phase {
            case .taken: return .refused
            case .endedWithValue, .ended: return .ended(hasFailed: isFailed)
            case .running:
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

    /// Tells whoever follows it of an end that was waited for, and that nobody has claimed after the wait.
    func tellFollower() {
        let due = guarding.withLock { () -> (@Sendable () -> Void)? in
            if case .running = phase { return nil }
            defer { follower = nil }
            return follower
        }
        due?()
    }

    /// Whether its outcome has been claimed, or is wanted by nobody.
    var isTaken: Bool { guarding.withLock { if case .taken = phase { true } else { false } } }

    /// Has `action` run when the process ends and nobody waits for it, once; at once if it has ended. False if the outcome is taken,
    /// or somebody follows it already.
    func follow(_ action: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, isDue) = guarding.withLock { () -> (Bool, Bool) in
            switch phase {
            case .taken: return (false, false)
            case .endedWithValue, .ended: return (true, true)
            case .running:
                if follower != nil { return (false, false) }
                follower = action
                return (true, false)
            }
        }
        if isDue { action() }
        return isTaken
    }

    /// Nobody is told of its end by a message any more.
    func unfollow() {
        let old = guarding.withLock { () -> (@Sendable () -> Void)? in
            defer { follower = nil }
            return follower
        }
        _ = old
    }

    /// Nobody will ask any more: its outcome goes nowhere, and the link to its owner ends. True if it ran.
    @discardableResult func abandon() -> Bool {
        let (before, old, follower, cell) = guarding.withLock {
            defer {
                phase = .taken
                waiter = nil
                self.follower = nil
            }
            return (phase, waiter, self.follower, process)
        }
        _ = follower
        // Told without the lock: somebody else may wait for a task that was started outside any Swift task.
        switch old {
        case .slot(let slot, let generation): slot.fail(generation, .abandoned)
        case .many(let wait, let index): wait.settled(index, hasFailed: true)
        case nil: break
        }
        switch before {
        case .running: break
        case .endedWithValue:
            // Nobody can claim it any more.
            value.destroy()
            return false
        case .ended, .taken: return false
        }
        guard let cell else { return false }
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
