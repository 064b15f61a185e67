internal import Synchronization

/// The start of one child that a supervisor waits for, beside everything else.
final class ChildStart: CallListener {
    let ref: ChildRef
    let cell: ProcessCell
    private let handshake: StartHandshake
    private let supervisor: SupervisorCell

    /// Watches a process that has not begun yet.
    init(_ ref: ChildRef, _ cell: ProcessCell, _ handshake: StartHandshake, supervisor: SupervisorCell) {
        self.ref = ref
        self.cell = cell
        self.handshake = handshake
        self.supervisor = supervisor
    }

    /// From now on the supervisor is told when the start is settled.
    ///
    /// - Parameter isWaitedFor: Whether the supervisor does nothing else meanwhile: then whoever waits for it and is
    ///   waited for by the child is refused, the child itself first of all.
    func watch(timeout: Duration?, isWaitedFor: Bool) {
        let slot = handshake.slot
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        slot.setServer(cell)
        slot.body.pointee.listener = self
        if isWaitedFor {
            supervisor.waitingOn.store(UInt(bitPattern: slot.body), ordering: .sequentiallyConsistent)
        }
        if let timeout {
            let timers = cell.node.scheduler.timers
            slot.setDeadline(Deadline.after(timeout, from: timers.now), timers: timers)
        }
        if !cell.owe(slot) { slot.fail(handshake.generation, .exited(cell.finalReason ?? .noProcess)) }
        if !slot.announceWaiter() { callSettled(slot, generation: handshake.generation) }
    }

    func callSettled(_ slot: CallSlot, generation: UInt64) {
        supervisor.post(SupervisorBehavior.Info.settled(ref), tag: MessageTag.info)
    }

    enum Outcome {
        /// With what it has to say to whoever has asked for it.
        case runs((any Sendable)?)
        case failed(any Error)
        /// The time for its start has passed, and it takes its leave, because it was told to end meanwhile.
        case leaves
    }

    /// What became of it. Once, after the supervisor was told.
    func outcome() -> Outcome {
        stopWaiting()
        let slot = handshake.slot
        cell.settleDebt(slot)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        switch failure {
        case nil: return .runs(handshake.told.take())
        case .timeout where handshake.isTakingLeave.load(ordering: .acquiring): return .leaves
        case .timeout: return .failed(StartError(.timeout, what: cell.kindName))
        case .exited(let reason): return .failed(Self.error(handshake.problem ?? .failed(reason), cell))
        default: return .failed(Self.error(handshake.problem ?? .failed(.noProcess), cell))
        }
    }

    /// Gives up waiting, without having been told.
    func abandon() {
        let slot = handshake.slot
        if !slot.fail(handshake.generation, .abandoned) {
            while !slot.isReady {}
        }
        _ = outcome()
    }

    private func stopWaiting() {
        let bits = UInt(bitPattern: handshake.slot.body)
        guard supervisor.waitingOn.load(ordering: .sequentiallyConsistent) == bits else { return }
        supervisor.waitingOn.store(0, ordering: .sequentiallyConsistent)
        WaitingCycle.letWalkersPass()
    }

    /// As ``error(_:_:)``, for a starter to whom an ignored start is an error.
    static func startError(_ problem: StartError.Code, _ cell: ProcessCell) -> any Error {
        if case .failed(.error(let error)) = problem { error } else { StartError(problem, what: cell.kindName) }
    }

    /// The error that `init` threw, where there is one.
    static func error(_ problem: StartError.Code, _ cell: ProcessCell) -> any Error {
        switch problem {
        case .failed(.error(let error)): error
        case .failed(let reason): Exit(reason)
        case .ignored: StartSignal.ignore
        default: StartError(problem, what: cell.kindName)
        }
    }
}
