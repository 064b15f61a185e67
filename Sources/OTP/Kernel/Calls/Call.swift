internal import COTPRuntime
internal import Synchronization

extension ServerAddress {
    /// Sends a request and waits for its reply.
    ///
    /// The caller learns at once when the server ends, drops the reply, refuses the message or when waiting would
    /// close a cycle; a reply that comes too late goes nowhere. Erlang: `gen_server:call/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the reply; `.unlimited`: as long as it takes. Erlang: `infinity`. Below zero the call
    ///     fails with `.timeout` and is not sent.
    ///   - message: Makes the message around the reply. Runs a second time, with a reply that nobody waits for, when
    ///     the call fails and an error has to name it.
    /// - Throws: ``CallError``; `CancellationError` when the calling task is cancelled.
    @inlinable public nonisolated(nonsending) func call<Value: Sendable>(
        timeout: Duration = .seconds(5), _ message: (Reply<Value>) -> Server.Call
    ) async throws -> Value {
        guard let server = heldServer else {
            throw CallError(.noProcess, call: "\(addressDescription) \(message(Reply(detached: ())))")
        }
        defer { letGo(server) }
        let slot = try server._withUnsafeGuaranteedRef { cell in
            try CallStart.begin(cell, timeout) { "\(addressDescription) \(message(Reply(detached: ())))" }
        }
        let delivery = server._withUnsafeGuaranteedRef { Self.deliver(message, slot, ServerRef(cell: $0)) }
        var isSettledHere = delivery.isHandled
        if slot.isReady {
            // Answered by `message`, or over before it could be sent: the server has it all the same.
            if delivery.wasIdle { server._withUnsafeGuaranteedRef { $0.wake() } }
        } else {
            isSettledHere = isSettledHere && slot.isClaimed
            // The wait of a process is written out here: an async function of its own would be one more switch of
            // executors on the way in.
            let cell = Unmanaged<ProcessCell>.fromOpaque(server.toOpaque())
            if let waiter = CallStart.waiter(slot, delivery, cell, timeout) {
                await waiter.hub.suspend()
                CallWait.end(waiter, slot, cell)
            } else {
                let wasGuest = await CallStart.finish(slot, delivery, server.takeUnretainedValue(), timeout)
                isSettledHere = isSettledHere || wasGuest
            }
        }
        if let value = slot.takeValue(as: Value.self) {
            slot.recycle()
            return value
        }
        throw CallStart.failure(slot, server.takeUnretainedValue(), isSettledHere) {
            "\(addressDescription) \(message(Reply(detached: ())))"
        }
    }

    /// The process that is meant at this moment, until `letGo`. A reference is its process and holds it: counting one more
    /// would be two of the locked instructions that a call costs.
    @inlinable @inline(__always) var heldServer: Unmanaged<BehaviorCell<Server>>? {
        if Self.self == ServerRef<Server>.self { return unsafeBitCast(self, to: Unmanaged<BehaviorCell<Server>>.self) }
        return whereIs().map { .passRetained($0.cell) }
    }

    @inlinable @inline(__always) func letGo(_ server: Unmanaged<BehaviorCell<Server>>) {
        if Self.self == ServerRef<Server>.self { return withExtendedLifetime(self) {} }
        server.release()
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
    /// What is shorter than that, in nanoseconds, is limited by a timer from the beginning: the watch over the workers, which
    /// notices else that a handler on its caller's thread takes longer than he waits, looks every few milliseconds.
    private static var shortLimit: UInt64 { 100_000_000 }

    /// Checks whether the call may be made and takes a slot for it.
    @usableFromInline static func begin(
        _ server: ProcessCell, _ timeout: Duration = .unlimited, isUserMessage: Bool = true, call: () -> String
    ) throws -> CallSlot {
        // A process whose task has been cancelled is told by its runner, without a look at the task's status.
        let worker = Worker.current
        let inline = worker?.pointee.inlineCell
        let runner: Unmanaged<Runner>? =
            if inline != nil { nil } else if let worker { CurrentProcess.runner(on: worker) } else {
                CurrentProcess.runner
            }
        let caller = inline ?? runner?._withUnsafeGuaranteedRef { $0.occupant }
        if let caller {
            if caller.toOpaque() == Unmanaged.passUnretained(server).toOpaque() {
                throw CallError(.callingSelf, pid: server.pid, call: call())
            }
            let isDead = caller._withUnsafeGuaranteedRef { $0.has(ProcessCell.Control.dead) }
            if isDead { throw CallError(.killed, pid: server.pid, call: call()) }
        }
        if runner?._withUnsafeGuaranteedRef({ $0.hasRetired }) ?? otp_is_cancelled() { throw CancellationError() }
        if server.has(ProcessCell.Control.dead) { throw CallError(.noProcess, pid: server.pid, call: call()) }
        var limit = UInt64.max
        if worker != nil, Deadline.isDefault(timeout) {
            limit = 5_000_000_000
        } else if timeout.attoseconds < 0 {
            throw CallError(.timeout, pid: server.pid, call: call())
        } else if worker != nil {
            limit = Deadline.after(timeout, from: 0)
        }
        // Last: what is taken here is given back by whoever takes the message.
        if isUserMessage, server.isLimited, !server.admits(cost: 1) {
            let isDropped = if case .dropNewest = server.limits?.bound.overflow { true } else { false }
            throw CallError(isDropped ? .noReply : .overloaded, pid: server.pid, call: call())
        }
        let slot = slot(for: server, by: caller, on: runner, worker, limit)
        if limit < shortLimit { CallWait.limit(slot, timeout, server.schedulerRef) }
        return slot
    }

    /// A slot for a call that may be made.
    @inline(__always) static func slot(
        for server: ProcessCell, by caller: Unmanaged<ProcessCell>?, on runner: Unmanaged<Runner>?,
        _ worker: UnsafeMutablePointer<Worker>?, _ limit: UInt64 = .max
    ) -> CallSlot {
        let slot = CallSlot.acquire(on: worker)
        slot.setServer(server)
        slot.body.pointee.runner = runner
        // Also for an ordinary task on one of our workers; not for a handler beneath a call, whose own end is watched.
        if let worker, runner != nil || caller == nil {
            slot.body.pointee.limit.store(limit, ordering: .relaxed)
            slot.body.pointee.beginner.store(UInt(bitPattern: worker), ordering: .releasing)
            worker.pointee.calling.store(UInt(bitPattern: slot.body), ordering: .releasing)
        }
        let callerPID =
            caller?._withUnsafeGuaranteedRef { $0.pid.raw }
            ?? server.nodeRef._withUnsafeGuaranteedRef { $0.nextCallerPID().raw }
        slot.body.pointee.callerPID.store(callerPID, ordering: .relaxed)
        return slot
    }

    /// For a call by a process: schedules the server if that is still to be done, and makes everything ready to
    /// suspend. Nil when no process calls but an ordinary task; then nothing has been done.
    @usableFromInline static func waiter(
        _ slot: CallSlot, _ delivery: CallDelivery, _ server: Unmanaged<ProcessCell>, _ timeout: Duration
    ) -> CallWait.Waiter? {
        guard let runner = slot.body.pointee.runner, let process = runner._withUnsafeGuaranteedRef({ $0.occupant })
        else { return nil }
        let waiter = CallWait.Waiter(process: process, runner: runner)
        slot.body.pointee.requestNumber.store(delivery.number, ordering: .relaxed)
        server._withUnsafeGuaranteedRef { if delivery.wasIdle { $0.wakeNext(after: runner) } }
        CallWait.begin(waiter, slot, owedBy: server, until: timeout)
        return waiter
    }

    /// Schedules the server if that is still to be done, and waits. Returns whether the call was over when the server had run on
    /// this thread.
    @usableFromInline nonisolated(nonsending) static func finish(
        _ slot: CallSlot, _ delivery: CallDelivery, _ server: ProcessCell, _ timeout: Duration
    ) async -> Bool {
        slot.body.pointee.requestNumber.store(delivery.number, ordering: .relaxed)
        if delivery.wasIdle {
            // Before it may run on this thread: nobody else would notice that the time is over.
            if slot.notedDeadline == nil { CallWait.limit(slot, timeout, server.schedulerRef) }
            let hasRunHere = Guest.wake(server, for: #isolation)
            // Before the node is referred to, whose count all threads share.
            if slot.isReady { return hasRunHere }
        }
        let rest = slot.notedDeadline == nil ? timeout : nil
        await CallWait.settled(slot, timeout: rest, node: server.node, server: server)
        return false
    }

    /// The error for a failed call; gives the slot back.
    ///
    /// - Parameter isSettledHere: Whether the call was over when its handler had returned to its caller, on his thread.
    @usableFromInline static func failure(
        _ slot: CallSlot, _ server: ProcessCell, _ isSettledHere: Bool = false, call: () -> String
    ) -> any Error {
        let failure = slot.takeFailure()
        if case .timeout = failure, isSettledHere { server.noteLate() }
        slot.recycle()
        if case .cancelled = failure { return CancellationError() }
        return CallError(failure: failure, pid: server.pid, call: call())
    }
}
