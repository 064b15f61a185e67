internal import COTPRuntime
internal import Synchronization

/// Waiting for the outcome of a call, in a process or outside any.
@usableFromInline enum CallWait {
    /// Waits until `slot` is settled. Registers with `server`, so that its death is noticed, and refuses to close a
    /// cycle of waiting processes.
    @usableFromInline nonisolated(nonsending) static func settled(
        _ slot: CallSlot, timeout: Duration?, node: Node, server: ProcessCell? = nil
    ) async {
        if slot.isReady { return }
        slot.body.pointee.beginner.store(0, ordering: .relaxed)
        let server = server.map(Unmanaged.passUnretained)
        if let server { owe(slot, server) }
        if let timeout { limit(slot, timeout, .passUnretained(node.scheduler)) }
        // A waiting process costs one suspension and no more: nothing here is an async function of its own, since each
        // would be one more switch of executors when it comes back.
        if let waiter {
            begin(waiter, slot, server)
            await waiter.hub.suspend()
            end(waiter, slot, server)
        } else {
            await settledOutside(slot)
            server?._withUnsafeGuaranteedRef { $0.settleDebt(slot) }
        }
    }

    /// The wait of a task that is no process, which may be cancelled.
    private nonisolated(nonsending) static func settledOutside(_ slot: CallSlot) async {
        let generation = slot.generation
        await withTaskCancellationHandler {
            await withUnsafeContinuation { announce($0, slot) }
        } onCancel: {
            slot.fail(generation, .cancelled)
        }
        // What was written into the slot is seen from here on, whatever order the runtime's own hand-over gives.
        precondition(slot.isReady, "a waiter was let go whose call has no outcome")
    }

    /// The end of the server will settle the slot.
    static func owe(_ slot: CallSlot, _ server: Unmanaged<ProcessCell>) {
        server._withUnsafeGuaranteedRef { server in
            slot.setServer(server)
            if !server.owe(slot) { slot.fail(slot.generation, .exited(server.finalReason ?? .noProcess)) }
        }
    }

    /// The end of the time will settle the slot.
    static func limit(_ slot: CallSlot, _ timeout: Duration, _ scheduler: Unmanaged<Scheduler>) {
        scheduler._withUnsafeGuaranteedRef { $0.timersRef }._withUnsafeGuaranteedRef { timers in
            slot.setDeadline(Deadline.after(timeout, from: timers), timers: timers)
        }
    }

    @usableFromInline static func announce(_ waiter: UnsafeContinuation<Void, Never>, _ slot: CallSlot) {
        slot.body.pointee.waiter = waiter
        if !slot.announceWaiter() { waiter.resume() }
    }

    // MARK: processes that wait

    /// A process in its own code, and the runner that keeps both alive.
    @usableFromInline struct Waiter {
        let process: Unmanaged<ProcessCell>
        let runner: Unmanaged<Runner>

        /// Where the runner suspends.
        @usableFromInline var hub: Hub { runner._withUnsafeGuaranteedRef { $0.hub } }
    }

    /// Nil when it is no process that would wait but an ordinary task.
    static var waiter: Waiter? {
        guard let runner = CurrentProcess.runner, let process = runner._withUnsafeGuaranteedRef({ $0.occupant })
        else { return nil }
        return Waiter(process: process, runner: runner)
    }

    static func begin(_ waiter: Waiter, _ slot: CallSlot, _ server: Unmanaged<ProcessCell>?) {
        slot.body.pointee.beginner.store(0, ordering: .relaxed)
        waiter.process._withUnsafeGuaranteedRef { process in
            // Whoever ends or kills the process sets its control word first and looks here afterwards.
            process.waitingOn.store(UInt(bitPattern: slot.body), ordering: .sequentiallyConsistent)
            lookWhileWaiting(process, slot, server)
        }
        Suspension.prepareCall(slot)
    }

    /// The wait for a server that owes the reply, with a limit. Three times something is said and then looked whether somebody
    /// has done so who does it the other way round: the lock that is taken to note the debt parts these writes from these looks. So it
    /// does where Swift runs servers: an exchange on x86, on ARM a store that releases before a load that acquires. The memory
    /// model of the language alone does not promise it.
    static func begin(
        _ waiter: Waiter, _ slot: CallSlot, owedBy server: Unmanaged<ProcessCell>, until timeout: Duration
    ) {
        let scheduler = server._withUnsafeGuaranteedRef { $0.schedulerRef }
        scheduler._withUnsafeGuaranteedRef { $0.timersRef }._withUnsafeGuaranteedRef { timers in
            let deadline = slot.notedDeadline ?? Deadline.after(timeout, from: timers)
            let isNoted = slot.noteDeadline(deadline, timers: timers)
            slot.body.pointee.beginner.store(0, ordering: .relaxed)
            waiter.process._withUnsafeGuaranteedRef { process in
                process.waitingOn.store(UInt(bitPattern: slot.body), ordering: .releasing)
                owe(slot, server)
                lookWhileWaiting(process, slot, server)
            }
            Suspension.prepareCall(slot)
            if isNoted { slot.ensureArmed(deadline, timers: timers) }
        }
    }

    @usableFromInline static func end(_ waiter: Waiter, _ slot: CallSlot, _ server: Unmanaged<ProcessCell>?) {
        waiter.process._withUnsafeGuaranteedRef { process in
            if let server {
                // The lock that is taken next parts this write from the look for walkers.
                process.waitingOn.store(0, ordering: .releasing)
                server._withUnsafeGuaranteedRef { $0.settleDebt(slot) }
            } else {
                process.waitingOn.store(0, ordering: .sequentiallyConsistent)
            }
            WaitingCycle.letWalkersPass()
        }
        Worker.current?.pointee.nestedRunner = waiter.runner
    }

    /// It is known that the process waits: looks whether it may.
    private static func lookWhileWaiting(
        _ process: ProcessCell, _ slot: CallSlot, _ server: Unmanaged<ProcessCell>?
    ) {
        let generation = slot.generation
        let control = process.control.load(ordering: .sequentiallyConsistent)
        if control & ProcessCell.Control.dead != 0 {
            slot.fail(generation, .killed)
        } else if control & ProcessCell.Control.exitPending != 0, control & ProcessCell.Control.ending == 0 {
            slot.fail(generation, .cancelled)
        }
        server?._withUnsafeGuaranteedRef { server in
            if server.waitingOn.load(ordering: .sequentiallyConsistent) != 0 {
                WaitingCycle.refuse(process, slot, generation, server)
            }
        }
    }
}

/// Points in time of a node's clock.
@usableFromInline enum Deadline {
    /// The end of the clock.
    static var never: UInt64 { .max - 1 }

    /// `duration` from now. Reads the exact clock for what is short, and for the default of every call one that costs a
    /// fourth and is up to 16 milliseconds and a tick ahead: late by as much.
    static func after(_ duration: Duration, from timers: TimerService) -> UInt64 {
        if isDefault(duration), let now = timers.roughlyNow { return now &+ 5_000_000_000 }
        return after(duration, from: timers.now)
    }

    /// Whether it is the five seconds of a call that says nothing else. Compares two words, and calls nobody.
    @inline(__always) static func isDefault(_ duration: Duration) -> Bool {
        duration.attoseconds == 5_000_000_000_000_000_000
    }

    /// `now` plus `duration`, never past the end of the clock; a negative duration counts as zero.
    @usableFromInline static func after(_ duration: Duration, from now: UInt64) -> UInt64 {
        // The default of every call, without 128-bit arithmetic.
        if isDefault(duration) { return now &+ 5_000_000_000 }
        let attoseconds = duration.attoseconds
        if attoseconds <= 0 { return now }
        // Two hours and less: a division by 512 is a shift, and what is left of it has no more than 64 bits.
        if attoseconds >> 73 == 0 { return after(UInt64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125, from: now) }
        // More nanoseconds than a clock has: no division for what never comes.
        if attoseconds >> 94 != 0 { return never }
        return after(UInt64(clamping: attoseconds / 1_000_000_000), from: now)
    }

    /// `now` plus so many nanoseconds, never past the end of the clock.
    static func after(_ nanoseconds: UInt64, from now: UInt64) -> UInt64 {
        let (end, past) = now.addingReportingOverflow(nanoseconds)
        return past ? never : min(end, never)
    }

    static func duration(_ nanoseconds: UInt64) -> Duration {
        Duration(attoseconds: Int128(Int64(clamping: nanoseconds)) &* 1_000_000_000)
    }

    static func nanoseconds(_ duration: Duration) -> UInt64 { after(duration, from: 0) }
}
