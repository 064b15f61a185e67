extension SupervisorMachine {
    mutating func noteZombie(_ ref: ChildRef, _ slot: Int) {
        let spec = children[slot].spec
        zombies.insert(ref, id: spec.id, isOverdue: spec.zombieGrace == .zero)
        if spec.zombieGrace > .zero { actions.append(.wake(.zombieGraceOver(ref), after: spec.zombieGrace)) }
    }

    mutating func zombieEnded(_ ref: ChildRef) {
        actions.append(.cancel(.zombieGraceOver(ref)))
        zombies.remove(ref)
        goOnWithoutZombie()
    }

    mutating func zombieGraceOver(_ ref: ChildRef) {
        zombies.setOverdue(ref)
        goOnWithoutZombie()
    }

    /// Whether a child in `scope` would start beside a killed predecessor that may still be waited for.
    func isHeldUp(_ scope: RestartScope) -> Bool {
        switch scope {
        case .only(let slot): zombies.holdsUp(children[slot].spec.id)
        case .from(let first):
            zombies.held.contains { id in
                children.slot(of: id).map { children[$0].order >= children[first].order } ?? false
            }
        }
    }

    private mutating func goOnWithoutZombie() {
        let awaiting = zombies.awaiting
        zombies.awaiting = []
        for ref in awaiting { later(.resume(ref)) }
    }

    /// What was in the way of a start is so no longer, or something else is.
    mutating func resume(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref) else { return }
        switch children[slot].phase {
        case .restarting(let pending) where !pending.awaitsAlarm: restartScope(of: slot, wait: .zero)
        case .held(let purpose): startOnRequest(slot, purpose)
        default: return
        }
    }

    /// Starts a child that somebody has asked for; waits for a predecessor that was killed and still runs, and holds up
    /// nobody else meanwhile.
    mutating func startOnRequest(_ slot: Int, _ purpose: StartRun.Purpose) {
        guard isHeldUp(.only(slot)) else { return start(slot, purpose, continues: false) }
        setPhase(slot, .held(purpose))
        zombies.awaiting.append(ref(slot))
    }

    /// A child that waits for its predecessor will not be started by whoever has asked for it.
    mutating func giveUpHeldStart(_ slot: Int, _ purpose: StartRun.Purpose, _ run: StopRun) {
        let isNew = if case .add = purpose { true } else { false }
        // A child that is known and stands in the way of a sibling's restart is started with that.
        let code: SupervisorError.Code =
            switch run.purpose {
            case .end: .shuttingDown
            case .restart where !isNew: .restarting
            case .restart, .terminate: .failedToStart(Exit(.shutdown))
            }
        let id = children[slot].spec.id
        if isNew { remove(slot) } else { setPhase(slot, .stopped) }
        if let askers = purpose.askers { answer(askers, .failure(SupervisorError(code, child: id))) }
    }
}
