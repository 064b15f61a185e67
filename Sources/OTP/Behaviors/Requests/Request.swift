internal import Synchronization

/// One request under way for which no process waits: what becomes of it is handed to a function, once.
///
/// It is settled by its reply, by the reply's being dropped, by its deadline, by the death of the server or by
/// `abandon`, whichever comes first; its slot is given back at that moment. One that is owned is abandoned when its
/// owner ends.
final class Request<Value: Sendable>: CallListener {
    private let slot: CallSlot
    private let generation: UInt64
    private let server: ProcessCell
    private let owner: ProcessCell?
    private let call: @Sendable () -> String
    private let then: @Sendable (RequestOutcome<Value>) -> Void

    fileprivate init(
        _ slot: CallSlot, _ server: ProcessCell, owner: ProcessCell?, call: @escaping @Sendable () -> String,
        then: @escaping @Sendable (RequestOutcome<Value>) -> Void
    ) {
        self.slot = slot
        generation = slot.generation
        self.server = server
        self.owner = owner
        self.call = call
        self.then = then
    }

    /// The request has left: from now on its end is noticed.
    fileprivate func watch(deadline timeout: Duration?) {
        if !slot.isReady, !server.owe(slot) { slot.fail(generation, .exited(server.finalReason ?? .noProcess)) }
        if let owner, !owner.asks(slot, generation) { abandon() }
        if let timeout {
            let timers = server.node.scheduler.timers
            slot.setDeadline(Deadline.after(timeout, from: timers.now), timers: timers)
        }
        if !slot.announceWaiter() { callSettled(slot, generation: generation) }
    }

    func callSettled(_ slot: CallSlot, generation: UInt64) {
        let outcome: RequestOutcome<Value>
        if let value = slot.takeValue(as: Value.self) {
            outcome = .value(value)
        } else {
            outcome = .failure(slot.takeFailure(), server.pid, call)
        }
        server.settleDebt(slot)
        owner?.hasAsked(slot)
        slot.recycle()
        then(outcome)
    }

    /// This failure, with the names of the server and of the request.
    func error(_ failure: CallFailure) -> CallError { CallError(failure: failure, pid: server.pid, call: call()) }

    /// Gives the request up: a late reply goes nowhere.
    func abandon() { slot.fail(generation, .abandoned) }
}

/// What became of a request. Errors are rendered by whoever takes it, not by whoever settled it.
enum RequestOutcome<Value: Sendable>: Sendable {
    case value(Value)
    case failure(CallFailure, PID?, @Sendable () -> String)

    var result: Result<Value, CallError> {
        switch self {
        case .value(let value): .success(value)
        case .failure(let failure, let pid, let call):
            .failure(CallError(failure: failure, pid: pid, call: call()))
        }
    }
}

extension Request {
    /// Sends a request. Nil if there was nobody to send it to: `then` has been told.
    ///
    /// - Parameter isOwned: Whether it is abandoned when the caller ends.
    static func start<A: ServerAddress>(
        _ address: A, from caller: ProcessCell?, isOwned: Bool = false, timeout: Duration?,
        _ message: (Reply<Value>) -> A.Server.Call, then: @escaping @Sendable (RequestOutcome<Value>) -> Void
    ) -> Request? {
        let detached = message(Reply(detached: ()))
        let call: @Sendable () -> String = { "\(address.addressDescription) \(detached)" }
        guard let server = address.whereIs() else {
            then(.failure(.noProcess, nil, call))
            return nil
        }
        if let failure = refusal(server.cell, caller) {
            then(.failure(failure, server.pid, call))
            return nil
        }
        let slot = CallSlot.acquire()
        slot.setServer(server.cell)
        let callerPID = caller?.pid.raw ?? server.cell.nodeRef._withUnsafeGuaranteedRef { $0.nextCallerPID().raw }
        slot.body.pointee.callerPID.store(callerPID, ordering: .relaxed)
        let request = Request(slot, server.cell, owner: isOwned ? caller : nil, call: call, then: then)
        slot.body.pointee.listener = request
        let delivery = A.deliver(message, slot, server)
        if delivery.wasIdle { server.cell.wake() }
        request.watch(deadline: timeout)
        return request
    }

    private static func refusal(_ server: ProcessCell, _ caller: ProcessCell?) -> CallFailure? {
        if let caller, caller.has(ProcessCell.Control.dead) { return .killed }
        if server.has(ProcessCell.Control.dead) { return .noProcess }
        guard server.isLimited, !server.admits(cost: 1) else { return nil }
        if case .dropNewest = server.limits?.bound.overflow { return .noReply }
        return .overloaded
    }
}
