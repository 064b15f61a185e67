internal import COTPRuntime
internal import Synchronization

/// Since when a process has been at work on one message, as far as anybody has looked.
struct Sighting: Sendable {
    let handled: UInt64
    let since: UInt64
}

/// What one process is doing. For snapshots.
enum ProcessActivity: Sendable {
    case running, runnable, waiting, suspended, ending, zombie
    case calling(PID)
}

/// Looking at a process from outside, without being in its way.
extension ProcessCell {
    /// What the process does now and, where that can be read safely, what waits in its mailbox: in the process's own
    /// code, and while it is idle. A process that is idle is held for the moment, as if it ran; nobody notices.
    final func look() -> (activity: ProcessActivity, waiting: [String]?) {
        if CurrentProcess.cell === self { return (isEnding ? .ending : .running, renderWaiting(atMost: .max)) }
        if has(Control.dead) { return (.zombie, nil) }
        // One at a time looks: whoever saw the process held by another would take it for busy.
        var round: UInt32 = 0
        while control.bitwiseOr(Control.inspected, ordering: .acquiringAndReleasing).oldValue & Control.inspected != 0 {
            round += 1
            if round == 10_000 { return (activityAtRest, nil) }
            otp_relax(round)
        }
        defer { clear(Control.inspected) }
        if mailbox.claimIdle() {
            let waiting = renderWaiting(atMost: .max)
            let activity = activityAtRest
            if !mailbox.goIdle() { wake() }
            return (activity, waiting)
        }
        if has(Control.exitPending | Control.ending) { return (.ending, nil) }
        if let server = WaitingCycle.server(of: self) { return (.calling(server), nil) }
        return (isRunning ? .running : .runnable, nil)
    }

    private var activityAtRest: ProcessActivity {
        if has(Control.exitPending | Control.ending) { return .ending }
        return has(Control.suspended) ? .suspended : .waiting
    }

    /// For how long the process has been seen at work on the same message; zero at the first look.
    final func busyTime(now: UInt64) -> UInt64 {
        let handled = mailbox.consumed.load(ordering: .relaxed)
        return node.sightings.withLock { sightings in
            if let seen = sightings[pid], seen.handled == handled { return now &- seen.since }
            sightings[pid] = Sighting(handled: handled, since: now)
            return 0
        }
    }
}

extension WaitingCycle {
    /// The server in a call to which the process's own handler waits.
    static func server(of process: ProcessCell) -> PID? {
        walking {
            let bits = process.waitingOn.load(ordering: .sequentiallyConsistent)
            guard let body = UnsafeMutablePointer<CallSlot.Body>(bitPattern: bits) else { return nil }
            let server = body.pointee.server.load(ordering: .relaxed)
            guard process.waitingOn.load(ordering: .sequentiallyConsistent) == bits,
                let pointer = UnsafeRawPointer(bitPattern: server)
            else { return nil }
            return Unmanaged<ProcessCell>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.pid }
        }
    }
}
