extension DynamicSupervisorMachine {
    mutating func restartAfterFailure(_ slot: Int, _ pid: PID) {
        if let backoff = children[slot].spec.backoff, backoff.resetAfter > .zero,
            now - children[slot].startedAt >= backoff.resetAfter
        {
            children[slot].failuresInARow = 0
        }
        restart(slot, pid, isCounted: false, wait: waitBeforeRestart(slot))
    }

    /// Counts another failure in a row.
    mutating func waitBeforeRestart(_ slot: Int) -> Duration {
        guard let backoff = children[slot].spec.backoff else { return .zero }
        children[slot].failuresInARow += 1
        return backoff.wait(afterFailure: children[slot].failuresInARow, random: random.unit())
    }

    mutating func restartAlarm(_ ref: ChildRef) {
        guard ending == nil, let slot = slot(of: ref),
            case .restarting(let pid, .awaitsAlarm(let isCounted)) = children[slot].phase
        else { return }
        restart(slot, pid, isCounted: isCounted, wait: .zero)
    }

    private mutating func restart(_ slot: Int, _ pid: PID, isCounted: Bool, wait: Duration) {
        if !isCounted {
            guard window.allowsRestart(at: now) else { return giveUp(slot) }
            children[slot].restarts += 1
        }
        if wait > .zero {
            children[slot].phase = .restarting(pid, .awaitsAlarm(isCounted: true))
            actions.append(.wake(.restart(ref(slot)), after: wait))
        } else if children[slot].zombie != nil, !children[slot].zombieIsOverdue {
            children[slot].phase = .restarting(pid, .awaitsZombie)
        } else {
            startAgain(slot, pid)
        }
    }

    private mutating func startAgain(_ slot: Int, _ pid: PID) {
        if children[slot].zombie != nil { report(.overlap, slot) }
        lives += 1
        children[slot].life = lives
        children[slot].phase = .restarting(pid, .awaitsInit)
        actions.append(.start(ref(slot), children[slot].spec))
    }

    private mutating func giveUp(_ slot: Int) {
        let child = children[slot]
        report(.gaveUp(child.lastExit), slot)
        let code = SupervisorError.Code.restartLimit(
            count: window.limit.count, period: window.limit.period, last: child.lastExit)
        remove(slot)
        end(SupervisionEnding(reason: .shutdown, cause: .gaveUp(SupervisorError(code, child: child.spec.id))))
    }

    mutating func noteZombie(_ ref: ChildRef, _ slot: Int) {
        let grace = children[slot].spec.zombieGrace
        zombies.insert(ref)
        children[slot].zombie = ref
        children[slot].zombieIsOverdue = grace == .zero
        if grace > .zero { actions.append(.wake(.zombieGraceOver(ref), after: grace)) }
    }

    mutating func zombieEnded(_ ref: ChildRef) {
        zombies.remove(ref)
        actions.append(.cancel(.zombieGraceOver(ref)))
        guard children.hasZombie(ref) else { return }
        children[ref.slot].zombie = nil
        goOnWithoutZombie(ref.slot)
    }

    mutating func zombieGraceOver(_ ref: ChildRef) {
        guard children.hasZombie(ref) else { return }
        children[ref.slot].zombieIsOverdue = true
        goOnWithoutZombie(ref.slot)
    }

    private mutating func goOnWithoutZombie(_ slot: Int) {
        guard ending == nil, case .restarting(let pid, .awaitsZombie) = children[slot].phase else { return }
        startAgain(slot, pid)
    }
}
