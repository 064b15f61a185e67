/// Waits for several tasks at once.
@usableFromInline final class ManyWait: Sendable {
    /// What ended the wait.
    enum End {
        case done
        /// The time was over, or whoever waited is to wait no longer.
        case gaveUp(TaskFailure.Code)
        /// This one cannot be waited for.
        case refused(Int, TaskFailure.Code)
    }

    private struct State {
        var machine: AwaitMachine
        var slot: (slot: CallSlot, generation: UInt64)?
    }

    private let state: LockedBox<State>

    private init(_ machine: AwaitMachine) { state = LockedBox(State(machine: machine)) }

    func settled(_ index: Int, hasFailed: Bool) {
        let over = state.withLock { state -> (slot: CallSlot, generation: UInt64)? in
            state.machine.note(index, hasFailed: hasFailed) ? state.slot : nil
        }
        if let over, over.slot.claim(over.generation) { over.slot.publish() }
    }

    /// Waits as the machine says, and gives back what it knows then.
    nonisolated(nonsending) static func wait(
        for tasks: [TaskCore], _ machine: AwaitMachine, timeout: Duration?
    ) async -> (AwaitMachine, End) {
        let caller = CurrentProcess.reference
        for (index, task) in tasks.enumerated() where !task.owner.isCaller(caller) {
            return (machine, .refused(index, .notOwner(task.owner.pid)))
        }
        let wait = ManyWait(machine)
        var registered: [Int] = []
        var end = End.done
        for (index, task) in tasks.enumerated() {
            switch task.register(.many(wait, index)) {
            case .waits: registered.append(index)
            case .ended(let hasFailed): wait.settled(index, hasFailed: hasFailed)
            case .refused where machine.stopsAtFailure: end = .refused(index, .alreadyTaken)
            // What is said of it then is for whoever asks for the outcomes one by one.
            case .refused: wait.settled(index, hasFailed: true)
            }
            if case .refused = end { break }
        }
        if case .done = end {
            end = await wait.waited(timeout, node: tasks.lazy.compactMap { $0.cell?.node }.first ?? .current)
        }
        let known = wait.state.withLock { $0.machine }
        // Who has told of its end tells nobody any more.
        for index in registered where !known.hasNoted(index) { tasks[index].unregister() }
        return (known, end)
    }

    /// Waits until all have ended with a value, which then is to be taken; otherwise gives all of them up.
    @usableFromInline nonisolated(nonsending) static func values(of tasks: [TaskCore], timeout: Duration?) async throws
    {
        let (machine, end) = await wait(
            for: tasks, AwaitMachine(count: tasks.count, stopsAtFailure: true), timeout: timeout)
        let error: any Error
        switch end {
        case .done:
            guard let failed = machine.failed else { return }
            error = tasks[failed].failureOfEnd
        case .gaveUp(let code):
            let late = tasks.indices.first { !machine.arrived.contains($0) }
            let failure = late.map { tasks[$0].failure(code, after: timeout) } ?? TaskFailure(code)
            error = failure.thrown
        case .refused(let index, let code):
            error = tasks[index].failure(code)
            // Nothing has been asked of any.
            if case .notOwner = code { throw error }
        }
        for task in tasks { task.giveUp() }
        throw error
    }

    private nonisolated(nonsending) func waited(_ timeout: Duration?, node: Node) async -> End {
        let slot = CallSlot.acquire()
        let generation = slot.generation
        let isOver = state.withLock { state -> Bool in
            if state.machine.isOver { return true }
            state.slot = (slot, generation)
            return false
        }
        if isOver {
            slot.recycle()
            return .done
        }
        if let timeout, timeout <= .zero { slot.fail(generation, .timeout) }
        await CallWait.settled(slot, timeout: timeout, node: node)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        let isDone = state.withLock { state -> Bool in
            state.slot = nil
            return state.machine.isOver
        }
        slot.recycle()
        if isDone { return .done }
        switch failure {
        case .cancelled: return .gaveUp(.cancelled)
        case .killed: return .gaveUp(.killed)
        default: return .gaveUp(.timeout)
        }
    }
}

extension TaskCore {
    /// The failure of one that has ended with it.
    fileprivate var failureOfEnd: TaskFailure {
        if case .exit(let reason) = claim() { failure(.exited(reason)) } else { failure(.alreadyTaken) }
    }
}
