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
        if case .holding(let slot, let purpose) = operation, !isHeldUp(.only(slot)) {
            start(slot, purpose, continues: false)
        }
        let awaiting = zombies.awaiting
        zombies.awaiting = []
        for ref in awaiting { later(.resume(ref)) }
    }

    mutating func resume(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref), case .restarting(let pending) = children[slot].phase,
            !pending.awaitsAlarm
        else { return }
        startScope(of: slot, wait: .zero)
    }
}
