internal import COTPRuntime
internal import Synchronization

extension ServerAddress {
    /// Sends a request and waits for its reply.
    ///
    /// The caller learns at once when the server ends, drops the reply, refuses the message or when waiting would
    /// close a cycle; a reply that comes too late goes nowhere. Erlang: `gen_server:call/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the reply; `.unlimited`: as long as it takes. Erlang: `infinity`.
    ///   - message: Makes the message around the reply. Runs a second time, with a reply that nobody waits for, when
    ///     the call fails and an error has to name it.
    /// - Throws: ``CallError``; `CancellationError` when the calling task is cancelled.
    @inlinable public nonisolated(nonsending) func call<Value: Sendable>(
        timeout: Duration = .seconds(5), _ message: (Reply<Value>) -> Server.Call
    ) async throws -> Value {
        guard let server = whereIs() else {
            throw CallError(.noProcess, call: "\(addressDescription) \(message(Reply(detached: ())))")
        }
        let slot = try CallStart.begin(server.cell) { "\(addressDescription) \(message(Reply(detached: ())))" }
        let delivery = Self.deliver(message, slot, server)
        if !slot.isReady {
            // The wait of a process is written out here: an async function of its own would be one more switch of
            // executors on the way in.
            let cell = Unmanaged<ProcessCell>.passUnretained(server.cell)
            if let waiter = CallStart.waiter(slot, delivery, cell, timeout) {
                await waiter.hub.suspend()
                CallWait.end(waiter, slot, cell)
            } else {
                await CallStart.finish(slot, delivery, server.cell, timeout)
            }
            // Its cell is in use until here.
            withExtendedLifetime(server) {}
        }
        if let value = slot.takeValue(as: Value.self) {
            slot.recycle()
            return value
        }
        throw CallStart.failure(slot, server.cell) { "\(addressDescription) \(message(Reply(detached: ())))" }
    }

    /// Makes the reply and hands it over. A function of its own, so that nothing here keeps the reply alive: the
    /// handler's copy alone counts.
    @inlinable static func deliver<Value: Sendable>(
        _ message: (Reply<Value>) -> Server.Call, _ slot: CallSlot, _ server: ServerRef<Server>
    ) -> CallDelivery {
        Server._deliver(message(Reply(slot: slot, generation: slot.generation)), to: server)
    }
}

/// The parts of a call that know no types.
@usableFromInline enum CallStart {
    /// Checks whether the call may be made and takes a slot for it.
    @usableFromInline static func begin(
        _ server: ProcessCell, isUserMessage: Bool = true, call: () -> String
    ) throws -> CallSlot {
        let caller = CurrentProcess.reference
        if let caller {
            if caller.toOpaque() == Unmanaged.passUnretained(server).toOpaque() {
                throw CallError(.callingSelf, pid: server.pid, call: call())
            }
            let isDead = caller._withUnsafeGuaranteedRef { $0.has(ProcessCell.Control.dead) }
            if isDead { throw CallError(.killed, pid: server.pid, call: call()) }
        }
        if otp_is_cancelled() { throw CancellationError() }
        if server.has(ProcessCell.Control.dead) { throw CallError(.noProcess, pid: server.pid, call: call()) }
        if isUserMessage, server.isLimited, !server.admits(cost: 1) {
            let isDropped = if case .dropNewest = server.limits?.bound.overflow { true } else { false }
            throw CallError(isDropped ? .noReply : .overloaded, pid: server.pid, call: call())
        }
        let slot = CallSlot.acquire()
        slot.setServer(server)
        let callerPID = caller?._withUnsafeGuaranteedRef { $0.pid.raw } ?? server.node.nextPID().raw
        slot.body.pointee.callerPID.store(callerPID, ordering: .relaxed)
        return slot
    }

    /// For a call by a process: schedules the server if that is still to be done, and makes everything ready to
    /// suspend. Nil when no process calls but an ordinary task; then nothing has been done.
    @usableFromInline static func waiter(
        _ slot: CallSlot, _ delivery: CallDelivery, _ server: Unmanaged<ProcessCell>, _ timeout: Duration
    ) -> CallWait.Waiter? {
        guard let waiter = CallWait.waiter else { return nil }
        slot.body.pointee.requestNumber.store(delivery.number, ordering: .relaxed)
        server._withUnsafeGuaranteedRef { if delivery.wasIdle { $0.wake() } }
        CallWait.owe(slot, server)
        CallWait.limit(slot, timeout, server._withUnsafeGuaranteedRef { $0.schedulerRef })
        CallWait.begin(waiter, slot, server)
        return waiter
    }

    /// Schedules the server if that is still to be done, and waits.
    @usableFromInline nonisolated(nonsending) static func finish(
        _ slot: CallSlot, _ delivery: CallDelivery, _ server: ProcessCell, _ timeout: Duration
    ) async {
        slot.body.pointee.requestNumber.store(delivery.number, ordering: .relaxed)
        if delivery.wasIdle {
            if Worker.current == nil, Guest.isWelcome(for: server, from: #isolation) {
                server.node.scheduler.runAsGuest(server)
            } else {
                server.wake()
            }
        }
        await CallWait.settled(slot, timeout: timeout, node: server.node, server: server)
    }

    /// The error for a failed call; gives the slot back.
    @usableFromInline static func failure(_ slot: CallSlot, _ server: ProcessCell, call: () -> String) -> any Error {
        let failure = slot.takeFailure()
        slot.recycle()
        if case .cancelled = failure { return CancellationError() }
        return CallError(failure: failure, pid: server.pid, call: call())
    }
}

/// Whether a call from outside may run its server on the caller's own thread.
///
/// Only from ordinary tasks of the default executor, which is made for running short pieces of code; never from an
/// actor, an event loop or a task with an executor of its own.
enum Guest {
    static func isWelcome(for server: ProcessCell, from isolation: (any Actor)?) -> Bool {
        if isolation != nil || Worker.current != nil { return false }
        guard case .threads = server.node.scheduler.mode, server.isQuick() else { return false }
        // With the process-wide executor ordinary tasks are on workers; who is not has been left elsewhere by a sleep.
        if ProcessWideExecutor.isInstalled { return false }
        return withUnsafeCurrentTask { task in
            guard let task else { return false }
            return task.unownedTaskExecutor == nil
        }
    }
}
