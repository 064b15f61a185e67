extension StreamRun {
    // MARK: taking items

    /// The body of the process that takes items from the source and starts their tasks.
    nonisolated(nonsending) func feed(_ facts: TaskFacts, parent: ProcessCell?) async throws {
        let feed = makeFeed()
        do {
            while true {
                switch mayTake() {
                case .take(let index):
                    guard let (item, work) = try await feed.next() else { return settle { $0.endSource() } }
                    item.index = index
                    if let supervisor = plan.supervisor {
                        try await begin(item, work, facts.callers, supervisor)
                    } else {
                        begin(item, work, facts, parent)
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

    private func begin(
        _ item: StreamItem, _ work: @escaping StreamFeed.Work, _ facts: TaskFacts, _ parent: ProcessCell?
    ) {
        let node = Node.current
        let cell = node.makePlain(Never.self, options: SpawnOptions(), parent: parent, task: facts, work)
        started(item, cell)
        node.launch(cell)
    }

    private nonisolated(nonsending) func begin(
        _ item: StreamItem, _ work: @escaping StreamFeed.Work, _ callers: CallerChain, _ supervisor: TaskSupervisor
    ) async throws {
        let prepare: @Sendable (ProcessCell) -> Void = { [self] cell in started(item, cell) }
        try await supervisor.start(
            TaskStarter(callers: callers, fileID: plan.fileID, line: plan.line, prepare: prepare, body: work),
            .temporary, plan.shutdown)
    }

    private func started(_ item: StreamItem, _ cell: ProcessCell) {
        let timers = cell.node.scheduler.timers
        let deadline = plan.timeout.map { Deadline.after($0, from: timers) }
        let (isOver, setsTimer) = guarding.withLock {
            if self.isOver { return (true, false) }
            item.run = self
            item.cell = cell
            if let deadline { item.deadline = deadline }
            running.append(item)
            let setsTimer = deadline != nil && !isTimed
            if setsTimer { isTimed = true }
            return (false, setsTimer)
        }
        if !cell.own(item) { item.release(cell.pid, reason: cell.finalReason ?? .killed) }
        if isOver { return cell.kill() }
        if setsTimer, let deadline { setTimer(deadline, timers) }
    }

    /// The task of an item has ended.
    func itemEnded(_ item: StreamItem, hasValue: Bool, _ pid: PID, _ reason: ExitReason) {
        let (isKnown, owner) = guarding.withLock {
            // Whoever holds the item holds the process no longer, and the item not the run.
            item.run = nil
            item.cell = nil
            return (running.remove(item), self.owner)
        }
        guard isKnown else { return }
        if hasValue { return settle { $0.settle(item.index, StreamOutcome(item: item, failure: nil)) } }
        let failure = TaskFailure(.exited(reason), pid: pid)
        if plan.isLinked, !reason.isNormal, let owner {
            let process = owner.cell
            if process?.has(ProcessCell.Control.trapping) != true {
                fail(failure)
                process?.receiveExit(from: pid, reason: reason)
                return
            }
        }
        settle { $0.settle(item.index, StreamOutcome(item: item, failure: failure)) }
    }

    private func settle(_ change: (inout StreamMachine<StreamOutcome>) -> Void) {
        let consumer = guarding.withLock { () -> Waiter? in
            change(&machine)
            return self.consumer
        }
        Self.wake(consumer)
    }

    // MARK: items that take too long

    /// One timer for all: it goes off when the time of the item is over that was the oldest when it was set, and is set
    /// anew for the one that is the oldest then.
    private func setTimer(_ deadline: UInt64, _ timers: TimerService) {
        let timer = ProcessTimer(service: timers, owner: nil, deadline: deadline, repetition: .once) { [weak self] _ in
            self?.timeMayBeOver(timers.now, timers)
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
                if let cell = item.cell { late.append((item, cell)) }
                // That one fails the stream as a whole.
                if plan.onTimeout == .exit { break }
                _ = running.remove(item)
            }
            let next = late.isEmpty || plan.onTimeout == .killTask ? running.first?.deadline : nil
            isTimed = next != nil
            return (late, next)
        }
        for (item, cell) in late {
            let failure = TaskFailure(.timeout, pid: cell.pid)
            switch plan.onTimeout {
            case .exit: fail(failure)
            case .killTask:
                cell.kill()
                settle { $0.settle(item.index, StreamOutcome(item: item, failure: failure)) }
            }
        }
        if let next { setTimer(next, timers) }
    }
}
