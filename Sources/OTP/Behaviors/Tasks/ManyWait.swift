/// Waits for several tasks at once.
final class ManyWait: Sendable {
    /// A task of whatever type.
    struct Member {
        let owner: TaskOwner
        let node: Node?
        let register: (ManyWait, Int) -> TaskRegistration
        let unregister: () -> Void
        let pid: PID?
        /// Takes the outcome; the failure if it is one.
        let takeFailure: () -> TaskFailure?
        let giveUp: () -> Void
    }

    enum TaskRegistration { case waits, ended(hasFailed: Bool), refused }

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
        for members: [Member], _ machine: AwaitMachine, timeout: Duration?
    ) async -> (AwaitMachine, End) {
        for (index, member) in members.enumerated() where !member.owner.isCaller {
            return (machine, .refused(index, .notOwner(member.owner.pid)))
        }
        let wait = ManyWait(machine)
        var registered: [Int] = []
        var end = End.done
        for (index, member) in members.enumerated() {
            switch member.register(wait, index) {
            case .waits: registered.append(index)
            case .ended(let hasFailed): wait.settled(index, hasFailed: hasFailed)
            case .refused: end = .refused(index, .alreadyTaken)
            }
            if case .refused = end { break }
        }
        if case .done = end {
            end = await wait.waited(timeout, node: members.lazy.compactMap(\.node).first ?? .current)
        }
        for index in registered { members[index].unregister() }
        return (wait.state.withLock { $0.machine }, end)
    }

    /// Waits until all have ended with a value, which then is to be taken; otherwise gives all of them up.
    nonisolated(nonsending) static func values(of members: [Member], timeout: Duration?) async throws {
        let (machine, end) = await wait(
            for: members, AwaitMachine(count: members.count, stopsAtFailure: true), timeout: timeout)
        let error: any Error
        switch end {
        case .done:
            guard let failed = machine.failed else { return }
            error = members[failed].takeFailure() ?? TaskFailure(.alreadyTaken, pid: members[failed].pid)
        case .gaveUp(let code):
            let late = members.indices.first { !machine.arrived.contains($0) }
            error = TaskFailure(code, pid: late.flatMap { members[$0].pid }).thrown
        case .refused(let index, let code):
            error = TaskFailure(code, pid: members[index].pid)
        }
        for member in members { member.giveUp() }
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
    /// This task among others.
    var member: ManyWait.Member {
        ManyWait.Member(
            owner: owner, node: cell?.node,
            register: { [self] wait, index in
                switch register(.many(wait, index)) {
                case .waits: .waits
                case .ended: .ended(hasFailed: endedWithFailure)
                case .refused: .refused
                }
            },
            unregister: { [self] in unregister() },
            pid: pid,
            takeFailure: { [self] in
                if case .outcome(.exit(let reason)) = take() { TaskFailure(.exited(reason), pid: pid) } else { nil }
            },
            giveUp: { [self] in if owner.isCaller { giveUp() } })
    }

    /// The value of a task that has ended with one.
    func takenValue() throws(TaskFailure) -> Value {
        guard case .outcome(let outcome) = take() else { throw TaskFailure(.alreadyTaken, pid: pid) }
        return try result(outcome).get()
    }
}
