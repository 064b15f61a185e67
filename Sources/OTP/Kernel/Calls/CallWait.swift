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
        let generation = slot.generation
        if let server {
            slot.setServer(server)
            if !server.owe(slot) { slot.fail(generation, .exited(server.finalReason ?? .noProcess)) }
        }
        if let timeout {
            let deadline = Deadline.after(timeout, from: node.scheduler.timers.now)
            slot.setDeadline(deadline, timers: node.scheduler.timers)
        }
        let runner = Worker.current.flatMap(CurrentProcess.runner)
        if let runner, let process = runner.occupant?.takeUnretainedValue() {
            beginWaiting(process, slot, generation, server)
            await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                slot.body.pointee.waiter = waiter
                if !slot.announceWaiter() { waiter.resume() }
            }
            endWaiting(process)
            Worker.current?.pointee.nestedRunner = Unmanaged.passUnretained(runner)
        } else {
            await withTaskCancellationHandler {
                await suspend(slot)
            } onCancel: {
                slot.fail(generation, .cancelled)
            }
        }
        server?.settleDebt(slot)
    }

    private nonisolated(nonsending) static func suspend(_ slot: CallSlot) async {
        await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            slot.body.pointee.waiter = waiter
            if !slot.announceWaiter() { waiter.resume() }
        }
    }

    /// Publishes that the process waits, then looks whether it may.
    private static func beginWaiting(
        _ process: ProcessCell, _ slot: CallSlot, _ generation: UInt64, _ server: ProcessCell?
    ) {
        let bits = UInt(bitPattern: slot.body)
        // Whoever ends or kills the process sets its control word first and looks here afterwards.
        process.waitingOn.store(bits, ordering: .sequentiallyConsistent)
        let control = process.control.load(ordering: .sequentiallyConsistent)
        if control & ProcessCell.Control.dead != 0 {
            slot.fail(generation, .killed)
        } else if control & ProcessCell.Control.exitPending != 0, control & ProcessCell.Control.ending == 0 {
            slot.fail(generation, .cancelled)
        }
        if let server, server.waitingOn.load(ordering: .sequentiallyConsistent) != 0 {
            WaitingCycle.refuse(process, slot, generation, server)
        }
    }

    private static func endWaiting(_ process: ProcessCell) {
        process.waitingOn.store(0, ordering: .sequentiallyConsistent)
        WaitingCycle.letWalkersPass(process.node)
    }
}

/// Points in time of a node's clock.
@usableFromInline enum Deadline {
    /// `now` plus `duration`, never past the end of the clock; a negative duration counts as zero.
    @usableFromInline static func after(_ duration: Duration, from now: UInt64) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        if seconds < 0 || attoseconds < 0 { return now }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return .max - 1 }
        let (sum, over) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        if over { return .max - 1 }
        let (end, past) = now.addingReportingOverflow(sum)
        return past ? .max - 1 : min(end, .max - 1)
    }

    static func duration(_ nanoseconds: UInt64) -> Duration { .nanoseconds(Int64(clamping: nanoseconds)) }

    static func nanoseconds(_ duration: Duration) -> UInt64 { after(duration, from: 0) }
}
