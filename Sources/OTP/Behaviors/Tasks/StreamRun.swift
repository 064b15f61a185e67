internal import COTPRuntime

/// One run through a ``TaskStream``: a process that takes items from the source, the tasks of the items, and the
/// consumer, around one machine. It knows nothing of the types of items and values.
// @unchecked because everything that changes is guarded by the lock.
@usableFromInline final class StreamRun: DownListener, @unchecked Sendable {
    typealias Waiter = (slot: CallSlot, generation: UInt64)

    let plan: StreamPlan
    let makeFeed: @Sendable () -> StreamFeed

    let guarding = SpinLock()
    @exclusivity(unchecked) var machine: StreamMachine<StreamOutcome>
    @exclusivity(unchecked) var running = StreamItems()
    /// Nil until the first outcome is asked for.
    @exclusivity(unchecked) var owner: TaskOwner?
    @exclusivity(unchecked) var feeder: ProcessCell?
    @exclusivity(unchecked) var watch: (owner: ProcessCell, monitor: MonitorRef)?
    /// Thrown by the next `next`.
    @exclusivity(unchecked) var error: (any Error)?
    /// Not before the outcomes have been given out that are there.
    @exclusivity(unchecked) private var isErrorLast = false
    @exclusivity(unchecked) var isOver = false
    @exclusivity(unchecked) var consumer: Waiter?
    @exclusivity(unchecked) var taker: Waiter?
    /// Goes off when the time of the oldest item may be over.
    @exclusivity(unchecked) var timer: TimerRef?
    @exclusivity(unchecked) var isTimed = false

    @usableFromInline init(_ plan: StreamPlan, _ makeFeed: @escaping @Sendable () -> StreamFeed) {
        self.plan = plan
        self.makeFeed = makeFeed
        let count = plan.maxConcurrency ?? Node.current.workerCount
        machine = StreamMachine(maxConcurrency: count, isOrdered: plan.isOrdered)
    }

    static func wake(_ waiter: Waiter?) {
        if let waiter, waiter.slot.claim(waiter.generation) { waiter.slot.publish() }
    }

    // MARK: the consumer

    /// What the consumer is to do.
    @usableFromInline enum Step {
        case outcome(StreamOutcome)
        case finished
        /// A process waits: written out by the caller, for an async function of its own would be one more switch of
        /// executors.
        case inside(CallWait.Waiter, CallSlot)
        case outside(CallSlot)
    }

    private enum Look {
        /// Nothing has been taken from the source yet.
        case begin
        case outcome(StreamOutcome)
        case finished
        case error(any Error)
        case wait(CallSlot)
    }

    /// Asks for the next outcome, and makes everything ready to suspend if it is still to come.
    @usableFromInline func beginNext() throws -> Step {
        var taker: Waiter?
        var seen = looked(&taker)
        if case .begin = seen {
            try begin()
            seen = looked(&taker)
        }
        Self.wake(taker)
        switch seen {
        case .begin: preconditionFailure("a stream that has begun is to begin")
        case .outcome(let outcome): return .outcome(outcome)
        case .finished:
            end()
            return .finished
        case .error(let error):
            end()
            throw error
        case .wait(let slot):
            guard let waiter = CallWait.waiter else { return .outside(slot) }
            CallWait.begin(waiter, slot, nil)
            return .inside(waiter, slot)
        }
    }

    /// What there is for the consumer, and whoever may take another item then.
    private func looked(_ taker: inout Waiter?) -> Look {
        guarding.lock()
        defer { guarding.unlock() }
        if owner == nil, !isOver { return .begin }
        let found = look()
        taker = machine.mayTake ? self.taker : nil
        return found
    }

    /// Only with the lock held.
    private func look() -> Look {
        if let error, !isErrorLast || isOver || !machine.hasNext {
            self.error = nil
            return .error(error)
        }
        if isOver { return .finished }
        switch machine.next() {
        case .deliver(let outcome): return .outcome(outcome)
        case .finished: return .finished
        case .wait:
            let slot = CallSlot.acquire()
            consumer = (slot, slot.generation)
            return .wait(slot)
        }
    }

    /// The consumer has waited.
    @usableFromInline func endNext(_ waiter: CallWait.Waiter, _ slot: CallSlot) throws {
        CallWait.end(waiter, slot, nil)
        try settled(slot)
    }

    /// The wait of a consumer that is no process.
    @usableFromInline nonisolated(nonsending) func waitOutside(_ slot: CallSlot) async throws {
        await CallWait.settled(slot, timeout: nil, node: Node.current)
        try settled(slot)
    }

    private func settled(_ slot: CallSlot) throws {
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        let hasError = guarding.withLock {
            consumer = nil
            return error != nil
        }
        // What went wrong here says more than that it was told to end.
        if failure == nil || hasError { return }
        end()
        if case .killed = failure { throw TaskFailure(.killed) }
        throw CancellationError()
    }

    private func begin() throws {
        do { try plan.check() } catch {
            end()
            throw error
        }
        let process = CurrentProcess.cell
        let node = process?.node ?? Node.current
        let owner = TaskOwner.current(process, on: node)
        // Of a stream over a stream the items of both work on behalf of whoever runs the loop.
        let feeding = (process as? PlainCell<Never>).flatMap { $0.task?.isFeeder == true ? $0.callers : nil }
        let callers = feeding ?? CallerChain.current(process, owner.pid)
        let areNamed = process == nil || feeding != nil
        var facts = TaskFacts(callers: areNamed ? callers : nil, fileID: plan.fileID, line: plan.line)
        let start = ItemStart(node: .passUnretained(node), origin: process?.lineage, facts: facts, callers: callers)
        facts.isFeeder = true
        let feeder = node.makePlain(Never.self, options: SpawnOptions(), parent: process, task: facts) { [self] _ in
            try await feed(start)
        }
        guarding.withLock {
            self.owner = owner
            self.feeder = feeder
        }
        if !feeder.own(EndAction { [self] reason in feederEnded(reason) }) {
            feederEnded(feeder.finalReason ?? .killed)
        }
        if let process {
            let monitor = MonitorRef.make()
            guarding.withLock { watch = (process, monitor) }
            if !process.addListener(self, as: monitor) { feeder.kill() }
        }
        node.launch(feeder)
    }

    // MARK: the end

    /// The process that ran the loop has ended.
    override func down(_ message: DownMessage) { end() }

    /// Whatever still runs is ended; nothing more is given out.
    func end() {
        let (cells, timer, feeder, watch) = guarding.withLock {
            isOver = true
            defer {
                self.timer = nil
                self.feeder = nil
                self.watch = nil
            }
            return (running.removeAll(), self.timer, self.feeder, self.watch)
        }
        _ = timer?.cancel()
        feeder?.receiveExit(from: feeder!.pid, reason: .shutdown)
        if let watch { watch.owner.removeWatcher(watch.monitor) }
        for cell in cells.sorted(by: { $0.pid < $1.pid }) { stop(cell) }
    }

    func stop(_ cell: ProcessCell) {
        switch plan.shutdown {
        case .kill: cell.kill()
        case .infinity: cell.receiveExit(from: cell.pid, reason: .shutdown)
        case .within(let time):
            cell.receiveExit(from: cell.pid, reason: .shutdown)
            Timers.run(after: time, on: cell.node) { [weak cell] in cell?.kill() }
        }
    }

    /// The stream fails as a whole: at once, or when the outcomes have been given out that have come.
    func fail(_ error: any Error, afterOutcomes: Bool = false) {
        let consumer = guarding.withLock { () -> Waiter? in
            if isOver || self.error != nil { return nil }
            self.error = error
            isErrorLast = afterOutcomes
            return self.consumer
        }
        Self.wake(consumer)
    }
}
