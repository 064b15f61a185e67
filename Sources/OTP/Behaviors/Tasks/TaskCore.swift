/// What becomes of a task, until its owner takes it.
final class TaskCore<Value: Sendable>: ProcessResource, DownListener {
    enum Outcome {
        case value(Value)
        case exit(ExitReason)
    }

    /// Who is told when there is an outcome.
    enum Waiter {
        case slot(CallSlot, UInt64)
        case many(ManyWait, Int)
        case action(@Sendable () -> Void)
    }

    private enum Phase {
        /// The task runs; the value if its body has returned.
        case running(Value?)
        case ended(Outcome)
        case taken
    }

    private struct State {
        var phase: Phase
        var waiter: Waiter?
        var cell: ProcessCell?
        var isTied: Bool
        /// The watch over the owner's end.
        var watch: (owner: ProcessCell, monitor: MonitorRef)?
    }

    let owner: TaskOwner
    private let state: LockedBox<State>

    /// A task that is to begin.
    init(owner: TaskOwner, isTied: Bool) {
        self.owner = owner
        state = LockedBox(State(phase: .running(nil), isTied: isTied))
    }

    /// A task that was done before it began.
    init(owner: TaskOwner, _ outcome: Outcome) {
        self.owner = owner
        state = LockedBox(State(phase: .ended(outcome), isTied: false))
    }

    var cell: ProcessCell? { state.withLock { $0.cell } }
    var pid: PID? { cell?.pid }

    /// Whether giving it up ends it.
    var isTied: Bool { state.withLock { $0.isTied } }

    // MARK: the task's side

    /// From now on the end of the process is the end of the task.
    func attach(_ cell: ProcessCell) {
        let isGivenUp = state.withLock { state -> Bool in
            state.cell = cell
            if state.isTied, case .taken = state.phase { return true }
            return false
        }
        if !cell.own(self) { release(cell.pid, reason: cell.finalReason ?? .killed) }
        if isGivenUp { cell.kill() }
    }

    /// The body has returned. Its value counts when the process has ended, unless that had been asked to end before.
    func returned(_ value: Value) {
        state.withLock { state in
            guard case .running = state.phase, let cell = state.cell else { return }
            if !cell.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead) { state.phase = .running(value) }
        }
    }

    /// The process has ended: before its links and monitors are told.
    func release(_ pid: PID, reason: ExitReason) {
        let (waiter, watch) = state.withLock { state in
            defer {
                state.waiter = nil
                state.watch = nil
            }
            if case .running(let value) = state.phase {
                state.phase = .ended(value.map(Outcome.value) ?? .exit(reason))
            }
            return (state.waiter, state.watch)
        }
        if let watch { watch.owner.removeWatcher(watch.monitor) }
        tell(waiter)
    }

    /// Ends the task with its owner where the link alone would not: when the owner ends normally.
    func endWithOwner(_ owner: ProcessCell) {
        let monitor = MonitorRef.make()
        state.withLock { $0.watch = (owner, monitor) }
        _ = owner.addListener(self, as: monitor)
    }

    /// The owner has ended.
    func down(_ message: DownMessage) {
        let cell = state.withLock { state -> ProcessCell? in
            if case .running = state.phase { state.cell } else { nil }
        }
        if message.reason.isNormal { cell?.receiveExit(from: message.pid, reason: .shutdown, throughLink: false) }
    }

    private func tell(_ waiter: Waiter?) {
        switch waiter {
        case .slot(let slot, let generation): if slot.claim(generation) { slot.publish() }
        case .many(let wait, let index): wait.settled(index, hasFailed: endedWithFailure)
        case .action(let action): action()
        case nil: break
        }
    }

    var endedWithFailure: Bool {
        state.withLock { if case .ended(.exit) = $0.phase { true } else { false } }
    }

    // MARK: the owner's side

    enum Taken {
        case outcome(Outcome)
        case pending
        case nothing
    }

    /// The outcome, which then is gone.
    func take() -> Taken {
        state.withLock { state in
            switch state.phase {
            case .running: return .pending
            case .taken: return .nothing
            case .ended(let outcome):
                state.phase = .taken
                return .outcome(outcome)
            }
        }
    }

    enum Registration { case waits, ended, refused }

    /// Asks that `waiter` be told. One at a time may wait.
    func register(_ waiter: Waiter) -> Registration {
        state.withLock { state in
            switch state.phase {
            case .taken: return .refused
            case .ended: return .ended
            case .running:
                if state.waiter != nil { return .refused }
                state.waiter = waiter
                return .waits
            }
        }
    }

    func unregister() {
        let old = state.withLock { state -> Waiter? in
            defer { state.waiter = nil }
            return state.waiter
        }
        _ = old
    }

    /// Nobody will ask any more: its outcome goes nowhere, and the link to its owner ends. True if it ran.
    @discardableResult func abandon() -> Bool {
        let (old, cell) = state.withLock { state -> (Phase, ProcessCell?) in
            defer {
                state.phase = .taken
                state.waiter = nil
            }
            return (state.phase, state.cell)
        }
        guard case .running = old, let cell else { return false }
        if isTied { owner.cell?.unlinkAndFlush(cell) }
        return true
    }

    /// Nobody will ask any more; a task that is tied to its owner is asked to end.
    func giveUp() {
        if abandon(), isTied { cell?.receiveExit(from: owner.pid, reason: .shutdown, throughLink: false) }
    }
}

/// Ends the task of an ordinary Swift task when nobody can ask for its outcome any more: when its handle is gone.
final class TaskTie: Sendable {
    private let giveUp: @Sendable () -> Void
    init(_ giveUp: @escaping @Sendable () -> Void) { self.giveUp = giveUp }
    deinit { giveUp() }
}
