internal import Synchronization

/// Looks into running processes, and stops, changes and ends them, from outside. Erlang: `sys`.
///
/// Whom a request is for is said by any address: a reference, a name, a supervisor, a PID.
///
/// Every request is a message to the process: it is answered between two messages, behind what was sent before, also
/// while the process is suspended. A plain process answers while it waits in `receive`, and does not take the messages
/// before the request first. One that is busy does not answer in time; the error then says so.
///
/// All functions throw ``CallError`` as a call does (`.noProcess`, `.timeout`, `.exited`, `.callingSelf`, `.cycle`) and
/// ``SystemCallError`` when the process answered that it could not.
public enum SystemControl {
    /// Lets `answer` run in the process and waits for what it gives; `next` comes right behind it.
    nonisolated(nonsending) static func request<Value: Sendable>(
        _ address: some SystemAddress, _ what: String, timeout: Duration?, followedBy next: SystemMessage? = nil,
        _ answer: @escaping @Sendable (ProcessCell) throws -> Value
    ) async throws -> Value {
        let call = "\(what) of \(address.addressDescription)"
        guard let cell = address._process?.cell else { throw CallError(.noProcess, call: call) }
        let slot = try CallStart.begin(cell, isUserMessage: false) { call }
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        let consumed = cell.mailbox.consumed.load(ordering: .relaxed)
        push(to: cell, slot, answer)
        if let next { cell.push(next) }
        await CallWait.settled(slot, timeout: timeout, node: cell.node, server: cell)
        if let result = slot.takeValue(as: Result<Value, any Error>.self) {
            slot.recycle()
            return try result.get()
        }
        let isBusy = cell.isRunning && cell.mailbox.consumed.load(ordering: .relaxed) == consumed
        throw CallStart.failure(slot, cell) {
            isBusy ? "\(call) (busy in one handler since before the request)" : call
        }
    }

    /// A function of its own, so that nothing but the errand keeps the reply alive.
    private static func push<Value: Sendable>(
        to cell: ProcessCell, _ slot: CallSlot, _ answer: @escaping @Sendable (ProcessCell) throws -> Value
    ) {
        let reply = Reply<Result<Value, any Error>>(slot: slot, generation: slot.generation)
        cell.push(Errand { cell in reply.send(Result { try answer(cell) }) })
    }
}
