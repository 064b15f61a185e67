extension DynamicSupervisorMachine {
    mutating func childStarted(_ ref: ChildRef, _ pid: PID) {
        guard let slot = slot(of: ref) else { return }
        children[slot].startedAt = now
        switch children[slot].phase {
        case .starting(let request):
            runs(slot, pid)
            answer(request, .pid(pid))
        case .restarting(_, .awaitsInit): setPID(pid, of: slot)
        case .stopping(let last):
            // It had been asked to end before its `init` was through.
            if let last { slots[last] = nil }
            slots[pid] = slot
            children[slot].phase = .stopping(pid)
        case .running, .restarting: return
        }
    }

    /// The same of a child that was listed and begun for somebody who knows himself that it runs, at the time `now`: the
    /// request is not answered.
    ///
    /// - Returns: False if something else has happened to it meanwhile; then nothing has changed.
    mutating func startedAtOnce(_ ref: ChildRef, _ pid: PID, at now: Duration) -> Bool {
        guard let slot = slot(of: ref), case .starting = children[slot].phase else { return false }
        self.now = now
        children[slot].startedAt = now
        runs(slot, pid)
        return true
    }

    private mutating func runs(_ slot: Int, _ pid: PID) {
        setPID(pid, of: slot)
        if children[slot].spec.restart == .temporary { children[slot].spec.forgetStarter() }
    }

    private mutating func setPID(_ pid: PID, of slot: Int) {
        if let last = children[slot].pid { slots[last] = nil }
        slots[pid] = slot
        children[slot].phase = .running(pid)
    }

    mutating func childIgnored(_ ref: ChildRef) {
        guard let slot = slot(of: ref) else { return }
        if case .starting(let request) = children[slot].phase { answer(request, .pid(nil)) }
        remove(slot)
    }

    /// - Parameter holder: Who has the child's name, if that is why. It is told as such: whoever wants one to run, and does not
    ///   care who has started it, goes on with that.
    mutating func childFailed(_ ref: ChildRef, _ error: any Error, leavesZombie: Bool, takenBy holder: PID? = nil) {
        guard let slot = slot(of: ref) else { return }
        if leavesZombie { noteZombie(ref, slot) }
        switch children[slot].phase {
        case .starting(let request):
            let id = children[slot].spec.id
            remove(slot)
            answer(
                request,
                .failure(SupervisorError(holder.map { .alreadyStarted($0) } ?? .failedToStart(error), child: id)))
        case .restarting(let pid, .awaitsInit):
            report(.startError(error), slot)
            children[slot].phase = .restarting(pid, .awaitsAlarm(isCounted: false))
            actions.append(.wake(.restart(ref), after: waitBeforeRestart(slot)))
        case .stopping(let last):
            if let last { slots[last] = nil }
            children[slot].phase = .stopping(nil)
            actions.append(.cancel(.stopTimeOver(ref)))
            hasStopped(slot, children[slot].isOverdue ? .killed : ExitReason(thrown: error))
        case .running, .restarting: return
        }
    }

    mutating func childExited(_ ref: ChildRef, _ reason: ExitReason, leavesZombie: Bool) {
        guard let slot = slot(of: ref) else { return }
        if leavesZombie { noteZombie(ref, slot) }
        children[slot].lastExit = reason
        switch children[slot].phase {
        case .stopping:
            actions.append(.cancel(.stopTimeOver(ref)))
            hasStopped(slot, reason)
        case .running(let pid):
            let restarts =
                switch children[slot].spec.restart {
                case .permanent: true
                case .transient: !reason.isExpected
                case .temporary: false
                }
            if restarts || !reason.isExpected { report(.childTerminated(reason), slot) }
            if restarts { restartAfterFailure(slot, pid) } else { leave(slot) }
        case .starting, .restarting: return
        }
    }

    /// It had been asked to end, and has.
    private mutating func hasStopped(_ slot: Int, _ reason: ExitReason) {
        if !children[slot].spec.accepts(reason) { report(.shutdownError(reason), slot) }
        remove(slot)
    }

    /// The running child that is this process, if it may be asked to end like any other: nil if it is to be killed, or if
    /// something is already happening to it. Mutating, though it changes nothing: so it is asked in its place, not a copy.
    mutating func stoppable(_ pid: PID) -> ChildRef? {
        guard let slot = slots[pid], case .running = children[slot].phase, children[slot].spec.shutdown != .kill
        else { return nil }
        return ref(slot)
    }

    /// A running child was asked to end, at the time `now`, and has, for somebody who knows himself that it is gone. Nothing
    /// waits for it to be the last: the children of one that is ending have all been asked already.
    mutating func stoppedAtOnce(_ ref: ChildRef, _ reason: ExitReason, leavesZombie: Bool, at now: Duration) {
        guard let slot = slot(of: ref), case .running(let pid) = children[slot].phase else { return }
        self.now = now
        if leavesZombie { noteZombie(ref, slot) }
        children[slot].lastExit = reason
        children[slot].phase = .stopping(pid)
        hasStopped(slot, reason)
    }

    private mutating func leave(_ slot: Int) {
        let spec = children[slot].spec
        remove(slot)
        guard spec.isSignificant else { return }
        switch autoShutdown {
        case .never: return
        case .allSignificant where significantAlive > 0: return
        case .anySignificant, .allSignificant: end(SupervisionEnding(reason: .shutdown, cause: .autoShutdown(spec.id)))
        }
    }
}
