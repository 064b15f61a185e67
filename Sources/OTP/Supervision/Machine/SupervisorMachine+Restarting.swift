extension SupervisorMachine {
    mutating func childExited(_ ref: ChildRef, _ reason: ExitReason, leavesZombie: Bool) {
        guard let slot = children.slot(of: ref), children[slot].exit == nil else { return }
        children[slot].exit = reason
        children[slot].lastExit = reason
        if leavesZombie { noteZombie(ref, slot) }
        switch operation {
        case .stopping(let run) where run.awaited == ref: stopped(slot, run)
        default: later(.exit(ref))
        }
    }

    /// A child has ended that nobody had asked to.
    mutating func dealWithExit(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref), let reason = children[slot].exit,
            case .running = children[slot].phase
        else { return }
        switch children[slot].spec.restart {
        case .permanent:
            report(.childTerminated(reason), slot)
            restartAfterFailure(slot)
        case .transient where !reason.isExpected:
            report(.childTerminated(reason), slot)
            restartAfterFailure(slot)
        case .transient:
            leave(slot)
        case .temporary:
            if !reason.isExpected { report(.childTerminated(reason), slot) }
            leave(slot)
        }
    }

    /// A child has ended for good, by its own choice.
    private mutating func leave(_ slot: Int) {
        let spec = children[slot].spec
        setPhase(slot, .gone)
        if spec.restart == .temporary {
            if children[slot].isDeclared { departed[spec.id] = children[slot].status }
            remove(slot)
        }
        guard spec.isSignificant else { return }
        switch autoShutdown {
        case .never: return
        case .allSignificant where significantAlive > 0: return
        case .anySignificant, .allSignificant: end(SupervisionEnding(reason: .shutdown, cause: .autoShutdown(spec.id)))
        }
    }

    private mutating func restartAfterFailure(_ slot: Int) {
        if let backoff = children[slot].spec.backoff, now - children[slot].startedAt >= backoff.resetAfter,
            backoff.resetAfter > .zero
        {
            children[slot].failuresInARow = 0
        }
        restart(slot, isCounted: false, wait: waitBeforeRestart(slot))
    }

    /// The moment of a restart that had to wait.
    mutating func restartAlarm(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref), case .restarting(let pending) = children[slot].phase,
            pending.awaitsAlarm
        else { return }
        restart(slot, isCounted: pending.isCounted, wait: .zero)
    }

    /// Counts another failure in a row.
    mutating func waitBeforeRestart(_ slot: Int) -> Duration {
        guard let backoff = children[slot].spec.backoff else { return .zero }
        children[slot].failuresInARow += 1
        return backoff.wait(afterFailure: children[slot].failuresInARow, random: random.unit())
    }

    private mutating func restart(_ slot: Int, isCounted: Bool, wait: Duration) {
        if !isCounted {
            guard window.allowsRestart(at: now) else { return giveUp(slot) }
            children[slot].restarts += 1
        }
        restartScope(of: slot, wait: wait)
    }

    /// Stops those that the failed child takes with it, also those that somebody has started since it failed, and starts
    /// them all.
    mutating func restartScope(of slot: Int, wait: Duration) {
        setPhase(slot, .restarting(PendingRestart(isCounted: true, awaitsAlarm: false)))
        switch strategy.scope(of: slot, in: children) {
        case .only: startScope(of: slot, wait: wait)
        case .from(let first):
            stop(StopRun(next: children.last, until: first, purpose: .restart(slot, wait: wait)))
        }
    }

    private mutating func giveUp(_ slot: Int) {
        let last = children[slot].lastExit
        report(.gaveUp(last), slot)
        setPhase(slot, .stopped)
        let code = SupervisorError.Code.restartLimit(
            count: window.limit.count, period: window.limit.period, last: last)
        let error = SupervisorError(code, child: children[slot].spec.id)
        end(SupervisionEnding(reason: .shutdown, cause: .gaveUp(error)))
    }

    /// Starts the failed child, and those it took with it, unless something must be waited for first.
    mutating func startScope(of slot: Int, wait: Duration) {
        operation = .idle
        guard wait <= .zero else {
            setPhase(slot, .restarting(PendingRestart(isCounted: true, awaitsAlarm: true)))
            return actions.append(.wake(.restart(ref(slot)), after: wait))
        }
        let scope = strategy.scope(of: slot, in: children)
        if isHeldUp(scope) {
            setPhase(slot, .restarting(PendingRestart(isCounted: true, awaitsAlarm: false)))
            return zombies.awaiting.append(ref(slot))
        }
        switch scope {
        case .only(let slot): start(slot, .restart, continues: false)
        case .from(let first): start(first, .restart, continues: true)
        }
    }
}
