extension StreamRun {
    // MARK: taking items

    /// The body of the process that takes items from the source and starts their tasks.
    nonisolated(nonsending) func feed(_ start: ItemStart) async throws {
        let feed = makeFeed()
        do {
            while true {
                switch mayTake() {
                case .take(let index):
                    switch feed {
                    case .plain(let next, let run):
                        guard let item = next() else { return endSource() }
                        item.index = index
                        if let supervisor = plan.supervisor {
                            try await begin(item, { _ in try run(item) }, start, supervisor)
                        } else {
                            begin(item, .sole(.fromWord(unshared(retained: item)), run), start)
                        }
                    case .awaiting(let next):
                        guard let (item, work) = try await next() else { return endSource() }
                        item.index = index
                        if let supervisor = plan.supervisor {
                            try await begin(item, work, start, supervisor)
                        } else {
                            begin(item, .process(work), start)
                        }
                    }
                case .wait(let slot):
                    // Written out, for an async function of its own would be one more switch of executors.
                    if let waiter = CallWait.waiter {
                        CallWait.begin(waiter, slot, nil)
                        await waiter.hub.suspend()
                        CallWait.end(waiter, slot, nil)
                    } else {
                        await CallWait.settled(slot, timeout: nil, node: Node.current)
                    }
                    if hasWaitedInVain(slot) { return }
                case .over: return
                }
            }
        } catch {
            fail(error)
        }
    }

    private enum Permission {
        case take(Int)
        case wait(CallSlot)
        case over
    }

    /// Whether an item may be taken: its place.
    private func mayTake() -> Permission {
        guarding.withLock {
            if isOver || error != nil { return .over }
            if machine.mayTake { return .take(machine.take()) }
            let slot = CallSlot.acquire()
            taker = (slot, slot.generation)
            return .wait(slot)
        }
    }

    /// Gives the slot back. True: the process is to end.
    private func hasWaitedInVain(_ slot: CallSlot) -> Bool {
        let isEnding = slot.hasFailed
        if isEnding { _ = slot.takeFailure() }
        slot.recycle()
        guarding.withLock { taker = nil }
        return isEnding
    }

    /// The process that takes items has ended. If the source was not empty then, nothing more will come.
    func feederEnded(_ reason: ExitReason) {
        if !reason.isNormal { fail(TaskFailure(.exited(reason))) }
    }

    // MARK: the tasks of the items

    /// What the tasks of all items have in common.
    struct ItemStart: Sendable {
        let node: Unmanaged<Node>
        /// Whom they come from: the process that runs the loop.
        let origin: Origin?
        let facts: TaskFacts
        let callers: CallerChain
    }

    private func begin(_ item: StreamItem, _ body: PlainBody<Never>, _ start: ItemStart) {
        start.node._withUnsafeGuaranteedRef { node in
            let made = PlainCell<Never>(
                node: node, origin: start.origin, limits: node.limitsForNew(nil), body: body)
            made.task = start.facts
            made.tie(to: item, linkedTo: nil)
            // The one reference there is becomes that of the queue.
            let cell = Unmanaged<ProcessCell>.passRetained(made)
            cell._withUnsafeGuaranteedRef { cell in
                let isOver = list(item, cell)
                node.began(cell)
                if isOver { cell.kill() }
                // Killed by the end of the stream, before it was in the table.
                if cell.has(ProcessCell.Control.dead) { node.ended(cell) }
                node.launch(cell, RunItem(bits: UInt(bitPattern: Unmanaged.passUnretained(cell).toOpaque())))
            }
        }
    }

    private nonisolated(nonsending) func begin(
        _ item: StreamItem, _ work: @escaping StreamFeed.Work, _ start: ItemStart, _ supervisor: TaskSupervisor
    ) async throws {
        let prepare: @Sendable (ProcessCell) -> Void = { [self] cell in
            let isOver = list(item, cell)
            if !cell.own(item) { item.release(cell.pid, reason: cell.finalReason ?? .killed) }
            if isOver { cell.kill() }
        }
        try await supervisor.start(
            TaskStarter(callers: start.callers, fileID: plan.fileID, line: plan.line, prepare: prepare, body: work),
            .temporary, plan.shutdown)
    }

    /// Enters the item among those that run. True: the stream is over, and the process is to be killed.
    private func list(_ item: StreamItem, _ cell: ProcessCell) -> Bool {
        let timers = cell.schedulerRef._withUnsafeGuaranteedRef { $0.timersRef }
        let deadline = plan.timeout.map { limit in
            timers._withUnsafeGuaranteedRef { Deadline.after(limit, from: $0) }
        }
        item.process = .passUnretained(cell)
        if let deadline { item.deadline = deadline }
        guarding.lock()
        if isOver {
            guarding.unlock()
            return true
        }
        item.belongs(to: self)
        running.append(item)
        let setsTimer = deadline != nil && !isTimed
        if setsTimer { isTimed = true }
        guarding.unlock()
        if setsTimer, let deadline { setTimer(deadline, timers.takeUnretainedValue()) }
        return false
    }

    /// The task of an item has ended.
    func itemEnded(_ item: StreamItem, hasValue: Bool, _ pid: PID, _ reason: ExitReason) {
        guarding.lock()
        let isKnown = running.remove(item)
        if isKnown, hasValue, error == nil { machine.settle(item.index, StreamOutcome(item: item, failure: nil)) }
        let consumer = isKnown && hasValue && machine.hasNext ? self.consumer : nil
        let owner = self.owner
        guarding.unlock()
        if !isKnown { return }
        if hasValue { return Self.wake(consumer) }
        let failure = plan.failure(.exited(reason), pid)
        if plan.isLinked, !reason.isNormal, let owner {
            let process = Self.consumer(owner.cell)
            if process?.has(ProcessCell.Control.trapping) != true {
                fail(failure)
                process?.receiveExit(from: pid, reason: reason)
                return
            }
        }
        settle { $0.settle(item.index, StreamOutcome(item: item, failure: failure)) }
    }

    /// Who runs the loop in the end: behind the process that takes the items of another stream stands whoever runs that one's.
    private static func consumer(_ owner: ProcessCell?) -> ProcessCell? {
        var process = owner
        while let feeder = process as? PlainCell<Never>, feeder.task?.isFeeder == true,
            let consumer = feeder.origin.flatMap({ Node.cell($0.parent) })
        {
            process = consumer
        }
        return process
    }

    private func settle(_ change: (inout StreamMachine<StreamOutcome>) -> Void) {
        let consumer = guarding.withLock { () -> Waiter? in
            // What has come before the stream failed is given out, and no more.
            if error == nil { change(&machine) }
            return self.consumer
        }
        Self.wake(consumer)
    }

    private func endSource() { settle { $0.endSource() } }

    // MARK: items that take too long

    /// One timer for all: it goes off when the time of the item is over that was the oldest when it was set, and is set
    /// anew for the one that is the oldest then. It holds the run, whose end cancels it: a weak reference would make each
    /// counting of the run's references a slow one.
    private func setTimer(_ deadline: UInt64, _ timers: TimerService) {
        let timer = ProcessTimer(service: timers, owner: nil, deadline: deadline, repetition: .once) { [self] _ in
            timeMayBeOver(timers.now, timers)
        }.start()
        let isOver = guarding.withLock {
            self.timer = timer
            return self.isOver
        }
        if isOver { _ = timer.cancel() }
    }

    private func timeMayBeOver(_ now: UInt64, _ timers: TimerService) {
        let (late, next) = guarding.withLock { () -> ([(item: StreamItem, cell: ProcessCell)], UInt64?) in
            var late: [(item: StreamItem, cell: ProcessCell)] = []
            while let item = running.first, item.deadline <= now {
                if let process = item.process { late.append((item, process.takeUnretainedValue())) }
                // That one fails the stream as a whole.
                if plan.onTimeout == .exit { break }
                _ = running.remove(item)
            }
            let next = late.isEmpty || plan.onTimeout == .killTask ? running.first?.deadline : nil
            isTimed = next != nil
            return (late, next)
        }
        for (item, cell) in late {
            let failure = plan.failure(.timeout, cell.pid)
            switch plan.onTimeout {
            case .exit: fail(failure, afterOutcomes: true)
            case .killTask:
                cell.kill()
                settle { $0.settle(item.index, StreamOutcome(item: item, failure: failure)) }
            }
        }
        if let next { setTimer(next, timers) }
    }
}
