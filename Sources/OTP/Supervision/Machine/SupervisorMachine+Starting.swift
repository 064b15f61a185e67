extension SupervisorMachine {
    mutating func boot() {
        guard case .new = operation else { return }
        guard let first = children.first else { return started(.boot) }
        start(first, .boot, continues: true)
    }

    mutating func start(_ slot: Int, _ purpose: StartRun.Purpose, continues: Bool) {
        if zombies.isOverlap(startOf: children[slot].spec.id) { report(.overlap, slot) }
        lives += 1
        children[slot].life = lives
        children[slot].exit = nil
        children[slot].isOverdue = false
        setPhase(slot, .starting)
        let ref = ref(slot)
        operation = .starting(StartRun(purpose: purpose, current: ref, continues: continues))
        actions.append(.start(ref, children[slot].spec))
    }

    mutating func childStarted(_ ref: ChildRef, _ pid: PID) {
        guard let slot = children.slot(of: ref) else { return }
        children[slot].lastPID = pid
        children[slot].startedAt = now
        switch operation {
        case .starting(let run) where run.current == ref:
            setPhase(slot, .running(pid))
            if children[slot].spec.restart == .temporary { children[slot].spec.forgetStarter() }
            goOn(run, after: slot, pid)
        default:
            // A shutdown came while its `init` ran: it has been asked to end, or will be when its turn comes.
            switch children[slot].phase {
            case .starting: setPhase(slot, .running(pid))
            case .stopping(nil): setPhase(slot, .stopping(pid))
            case .stopped, .ignored, .gone, .running, .stopping, .restarting, .held: return
            }
        }
    }

    mutating func childIgnored(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref) else { return }
        guard case .starting(let run) = operation, run.current == ref else {
            return failedDuringShutdown(slot, nil)
        }
        let next = children.slot(after: slot)
        if children[slot].spec.restart == .temporary { remove(slot) } else { setPhase(slot, .ignored) }
        if run.continues, let next { start(next, run.purpose, continues: true) } else { started(run.purpose, nil) }
    }

    mutating func childFailed(_ ref: ChildRef, _ error: any Error, leavesZombie: Bool) {
        guard let slot = children.slot(of: ref) else { return }
        if leavesZombie { noteZombie(ref, slot) }
        guard case .starting(let run) = operation, run.current == ref else {
            return failedDuringShutdown(slot, error)
        }
        let failure = SupervisorError(.failedToStart(error), child: children[slot].spec.id)
        switch run.purpose {
        case .boot:
            report(.startError(error), slot)
            setPhase(slot, .stopped)
            end(SupervisionEnding(reason: .shutdown(detail: failure.description), cause: .failedStart(failure)))
        case .restart:
            report(.startError(error), slot)
            setPhase(slot, .restarting(PendingRestart(isCounted: false, awaitsAlarm: true)))
            actions.append(.wake(.restart(ref), after: waitBeforeRestart(slot)))
            operation = .idle
        case .add(let askers):
            remove(slot)
            answer(askers, .failure(failure))
            operation = .idle
        case .again(let askers):
            setPhase(slot, .stopped)
            answer(askers, .failure(failure))
            operation = .idle
        }
    }

    private mutating func goOn(_ run: StartRun, after slot: Int, _ pid: PID?) {
        if run.continues, let next = children.slot(after: slot) {
            start(next, run.purpose, continues: true)
        } else {
            started(run.purpose, pid)
        }
    }

    private mutating func started(_ purpose: StartRun.Purpose, _ pid: PID? = nil) {
        operation = .idle
        switch purpose {
        case .boot: actions.append(.ready)
        case .restart: break
        case .add(let askers), .again(let askers): answer(askers, .pid(pid))
        }
    }
}
