extension StreamRun {
    // MARK: taking items

    /// The body of the process that takes items from the source and starts their tasks.
    nonisolated(nonsending) func feed(_ callers: CallerChain, parent: ProcessCell?) async throws {
        let source = source()
        do {
            while let index = await mayTake() {
                guard let input = try await source.next() else { return settle { $0.endSource() } }
                try await begin(index, input, callers, parent)
            }
        } catch {
            fail(error)
        }
    }

    /// Waits until an item may be taken: its place. Nil: none any more.
    private nonisolated(nonsending) func mayTake() async -> Int? {
        while true {
            let slot = CallSlot.acquire()
            let generation = slot.generation
            let (index, isOver) = state.withLock { state -> (Int?, Bool) in
                if state.isOver || state.error != nil { return (nil, true) }
                if state.machine.mayTake { return (state.machine.take(), false) }
                state.taker = (slot, generation)
                return (nil, false)
            }
            if index != nil || isOver {
                slot.recycle()
                return index
            }
            await CallWait.settled(slot, timeout: nil, node: Node.current)
            let isEnding = slot.hasFailed
            if isEnding { _ = slot.takeFailure() }
            slot.recycle()
            state.withLock { $0.taker = nil }
            if isEnding { return nil }
        }
    }

    /// The process that takes items has ended. If the source was not empty then, nothing more will come.
    func feederEnded(_ reason: ExitReason) {
        if !reason.isNormal { fail(TaskFailure(.exited(reason))) }
    }

    // MARK: the tasks of the items

    private nonisolated(nonsending) func begin(
        _ index: Int, _ input: Input, _ callers: CallerChain, _ parent: ProcessCell?
    ) async throws {
        let item = StreamItem(self, index)
        let body = plan.body
        let work: @Sendable (PlainProcess<Never>) async throws -> Void = { me in
            item.returned(try await body(input, me), me.cell)
        }
        let prepare: @Sendable (ProcessCell) -> Void = { [self] cell in started(index, input, cell, item) }
        if let supervisor = plan.supervisor {
            try await supervisor.start(
                TaskStarter(callers: callers, fileID: plan.fileID, line: plan.line, prepare: prepare, body: work),
                .temporary, plan.shutdown)
        } else {
            let node = Node.current
            let facts = TaskFacts(callers: callers, fileID: plan.fileID, line: plan.line)
            let cell = node.makePlain(Never.self, options: SpawnOptions(), parent: parent, task: facts, work)
            prepare(cell)
            node.launch(cell)
        }
    }

    private func started(_ index: Int, _ input: Input, _ cell: ProcessCell, _ item: StreamItem<Input, Value>) {
        let isOver = state.withLock { state -> Bool in
            if !state.isOver { state.running[index] = Running(input: input, cell: cell) }
            return state.isOver
        }
        _ = cell.own(item)
        if isOver { return cell.kill() }
        guard let timeout = plan.timeout else { return }
        let timer = TimerRef(Timers.run(after: timeout, on: cell.node) { [weak self] in self?.timedOut(index) })
        let isGone = state.withLock { state in
            state.running[index]?.timer = timer
            return state.running[index] == nil
        }
        if isGone { timer.cancel() }
    }

    private func timedOut(_ index: Int) {
        let running = state.withLock { state in
            plan.onTimeout == .killTask ? state.running.removeValue(forKey: index) : state.running[index]
        }
        guard let running else { return }
        let failure = TaskFailure(.timeout, pid: running.cell.pid)
        switch plan.onTimeout {
        case .exit: fail(failure)
        case .killTask:
            running.cell.kill()
            settle { $0.settle(index, .failure(ItemFailure(input: running.input, failure: failure))) }
        }
    }

    /// The task of an item has ended.
    func itemEnded(_ index: Int, _ value: Value?, _ pid: PID, _ reason: ExitReason) {
        let (running, owner) = state.withLock { ($0.running.removeValue(forKey: index), $0.owner) }
        guard let running else { return }
        running.timer?.cancel()
        if let value { return settle { $0.settle(index, .success(value)) } }
        let failure = TaskFailure(.exited(reason), pid: pid)
        if plan.isLinked, !reason.isNormal, let owner {
            let process = owner.cell
            if process?.has(ProcessCell.Control.trapping) != true {
                fail(failure)
                process?.receiveExit(from: pid, reason: reason, throughLink: false)
                return
            }
        }
        settle { $0.settle(index, .failure(ItemFailure(input: running.input, failure: failure))) }
    }

    private func settle(_ change: (inout StreamMachine<Element>) -> Void) {
        let consumer = state.withLock { state -> Waiter? in
            change(&state.machine)
            return state.consumer
        }
        Self.wake(consumer)
    }
}

/// The end of an item's process is the end of its task.
final class StreamItem<Input: Sendable, Value: Sendable>: ProcessResource {
    private let run: StreamRun<Input, Value>
    private let index: Int
    private let value = LockedBox<Value?>(nil)

    init(_ run: StreamRun<Input, Value>, _ index: Int) {
        self.run = run
        self.index = index
    }

    func returned(_ value: Value, _ cell: ProcessCell) {
        if !cell.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead) { self.value.set(value) }
    }

    func release(_ pid: PID, reason: ExitReason) { run.itemEnded(index, value.get(), pid, reason) }
}
