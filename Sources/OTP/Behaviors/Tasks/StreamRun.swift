/// One run through a ``TaskStream``: a process that takes items from the source, the tasks of the items, and the
/// consumer, around one machine.
final class StreamRun<Input: Sendable, Value: Sendable>: DownListener {
    typealias Element = Result<Value, ItemFailure<Input>>
    typealias Waiter = (slot: CallSlot, generation: UInt64)

    struct Running {
        let input: Input
        let cell: ProcessCell
        var timer: TimerRef?
    }

    struct State {
        var machine: StreamMachine<Element>
        var running: [Int: Running] = [:]
        /// Nil until the first outcome is asked for.
        var owner: TaskOwner?
        var feeder: ProcessCell?
        var watch: (owner: ProcessCell, monitor: MonitorRef)?
        /// Thrown by the next `next`.
        var error: (any Error)?
        var isOver = false
        var consumer: Waiter?
        var taker: Waiter?
    }

    let source: @Sendable () -> StreamSource<Input>
    let plan: StreamPlan<Input, Value>
    let state: LockedBox<State>

    init(_ source: @escaping @Sendable () -> StreamSource<Input>, _ plan: StreamPlan<Input, Value>) {
        self.source = source
        self.plan = plan
        let count = plan.maxConcurrency ?? Node.current.workerCount
        state = LockedBox(State(machine: StreamMachine(maxConcurrency: count, isOrdered: plan.isOrdered)))
    }

    static func wake(_ waiter: Waiter?) {
        if let waiter, waiter.slot.claim(waiter.generation) { waiter.slot.publish() }
    }

    // MARK: the consumer

    private enum Look {
        case element(Element?)
        case error(any Error)
        case wait
    }

    nonisolated(nonsending) func next() async throws -> Element? {
        if state.withLock({ $0.owner == nil && !$0.isOver }) { try begin() }
        while true {
            let slot = CallSlot.acquire()
            let generation = slot.generation
            let (look, taker) = state.withLock { state -> (Look, Waiter?) in
                let look = Self.look(&state)
                if case .wait = look { state.consumer = (slot, generation) }
                return (look, state.machine.mayTake ? state.taker : nil)
            }
            Self.wake(taker)
            if case .wait = look {
                await CallWait.settled(slot, timeout: nil, node: Node.current)
                let failure = slot.hasFailed ? slot.takeFailure() : nil
                slot.recycle()
                let error = state.withLock { state -> (any Error)? in
                    state.consumer = nil
                    return state.error
                }
                // What went wrong here says more than that it was told to end.
                if failure != nil, error == nil {
                    end()
                    if case .killed = failure { throw TaskFailure(.killed) }
                    throw CancellationError()
                }
                continue
            }
            slot.recycle()
            switch look {
            case .element(let element?): return element
            case .element(nil):
                end()
                return nil
            case .error(let error):
                end()
                throw error
            case .wait: continue
            }
        }
    }

    private static func look(_ state: inout State) -> Look {
        if let error = state.error {
            state.error = nil
            return .error(error)
        }
        if state.isOver { return .element(nil) }
        return switch state.machine.next() {
        case .deliver(let element): .element(element)
        case .finished: .element(nil)
        case .wait: .wait
        }
    }

    private func begin() throws {
        do { try plan.check() } catch {
            end()
            throw error
        }
        let process = CurrentProcess.cell
        let node = process?.node ?? Node.current
        let owner = TaskOwner.current(process, on: node)
        let callers = CallerChain.current(process, owner.pid)
        let facts = TaskFacts(callers: callers, fileID: plan.fileID, line: plan.line)
        let feeder = node.makePlain(Never.self, options: SpawnOptions(), parent: process, task: facts) { [self] _ in
            try await feed(callers, parent: process)
        }
        state.withLock { state in
            state.owner = owner
            state.feeder = feeder
        }
        _ = feeder.own(EndAction { [self] reason in feederEnded(reason) })
        if let process {
            let monitor = MonitorRef.make()
            state.withLock { $0.watch = (process, monitor) }
            if !process.addListener(self, as: monitor) { feeder.kill() }
        }
        node.launch(feeder)
    }

    // MARK: the end

    /// The process that ran the loop has ended.
    func down(_ message: DownMessage) { end() }

    /// Whatever still runs is ended; nothing more is given out.
    func end() {
        let (cells, timers, feeder, watch) = state.withLock { state in
            state.isOver = true
            defer {
                state.running = [:]
                state.feeder = nil
                state.watch = nil
            }
            return (state.running.values.map(\.cell), state.running.values.map(\.timer), state.feeder, state.watch)
        }
        for timer in timers { timer?.cancel() }
        feeder?.receiveExit(from: feeder!.pid, reason: .shutdown, throughLink: false)
        if let watch { watch.owner.removeWatcher(watch.monitor) }
        for cell in cells.sorted(by: { $0.pid < $1.pid }) { stop(cell) }
    }

    func stop(_ cell: ProcessCell) {
        switch plan.shutdown {
        case .kill: cell.kill()
        case .infinity: cell.receiveExit(from: cell.pid, reason: .shutdown, throughLink: false)
        case .within(let time):
            cell.receiveExit(from: cell.pid, reason: .shutdown, throughLink: false)
            _ = Timers.run(after: time, on: cell.node) { [weak cell] in cell?.kill() }
        }
    }

    /// The stream fails as a whole.
    func fail(_ error: any Error) {
        let consumer = state.withLock { state -> Waiter? in
            if state.isOver || state.error != nil { return nil }
            state.error = error
            return state.consumer
        }
        Self.wake(consumer)
    }
}
