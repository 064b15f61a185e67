extension DynamicSupervisorMachine {
    mutating func childStarted(_ ref: ChildRef, _ pid: PID) {
        guard let slot = slot(of: ref) else { return }
        children[slot].startedAt = now
        switch children[slot].phase {
        case .starting(let request):
            setPID(pid, of: slot)
            if children[slot].spec.restart == .temporary { children[slot].spec.forgetStarter() }
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

    mutating func childFailed(_ ref: ChildRef, _ error: any Error, leavesZombie: Bool) {
        guard let slot = slot(of: ref) else { return }
        if leavesZombie { noteZombie(ref, slot) }
        switch children[slot].phase {
        case .starting(let request):
            remove(slot)
            answer(request, .failure(SupervisorError(.failedToStart(error))))
        case .restarting(let pid, .awaitsInit):
            report(.startError(error), slot)
            children[slot].phase = .restarting(pid, .awaitsAlarm(isCounted: false))
            actions.append(.wake(.restart(ref), after: waitBeforeRestart(slot)))
        case .stopping: remove(slot)
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
            if !children[slot].spec.accepts(reason) { report(.shutdownError(reason), slot) }
            remove(slot)
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
