/// Decides what a dynamic supervisor does. Its children are started on request, stand in no order, are found by their
/// PID and know nothing of each other: each is started, restarted and stopped on its own, and all are stopped at once.
///
/// Starts do not wait for one another. The budget of restarts is one for all.
struct DynamicSupervisorMachine: SupervisionMachine {
    let maxChildren: Int?
    let autoShutdown: Supervisor.AutoShutdown
    /// Whether all children come from one specification, which is then the only one that is counted.
    let template: ObjectIdentifier?

    var window: RestartWindow
    var children = DynamicChildren()
    var slots: [PID: Int] = [:]
    var lives: UInt64 = 0
    /// Killed children whose last handler still runs, also those that are no longer listed.
    var zombies: Set<ChildRef> = []
    var significantAlive = 0
    var ending: SupervisionEnding? { didSet { isEnding = true } }
    /// Whether there is one: to ask that itself would copy it.
    private(set) var isEnding = false
    var isOver = false
    var deadline: Duration?
    /// Whom the shutdown waits for, by the time they are given.
    var stopTimes: [Duration: [ChildRef]] = [:]
    var random: SplitMix
    var now: Duration = .zero
    var actions: [SupervisionAction] = []

    init(
        restarts: Supervisor.Restarts, maxChildren: Int?, autoShutdown: Supervisor.AutoShutdown,
        template: ObjectIdentifier?,
        seed: UInt64
    ) {
        window = RestartWindow(restarts)
        self.maxChildren = maxChildren
        self.autoShutdown = autoShutdown
        self.template = template
        random = SplitMix(seed: seed)
    }

    /// Takes one input at the time `now`, which never goes back.
    mutating func take(_ input: consuming SupervisionInput, at now: Duration) {
        self.now = now
        guard !isOver else { return }
        switch consume input {
        case .start: actions.append(.ready)
        case .childStarted(let ref, let pid): childStarted(ref, pid)
        case .childIgnored(let ref): childIgnored(ref)
        case .childFailed(let ref, let error, let leavesZombie): childFailed(ref, error, leavesZombie: leavesZombie)
        case .nameTaken(let ref, let error, let holder):
            childFailed(ref, error, leavesZombie: false, takenBy: holder)
        case .childExited(let ref, let reason, let leavesZombie): childExited(ref, reason, leavesZombie: leavesZombie)
        case .zombieEnded(let ref): zombieEnded(ref)
        case .alarm(.stopTimeOver(let ref)): stopTimeOver(ref)
        case .alarm(.stopTimesOver(let limit)): stopTimesOver(limit)
        case .alarm(.restart(let ref)): restartAlarm(ref)
        case .alarm(.zombieGraceOver(let ref)): zombieGraceOver(ref)
        case .request(let request, let id): answer(request, id)
        case .shutdown(let reason, let deadline): shutdown(reason, deadline: deadline)
        }
        if isEnding, children.isEmpty, let ending {
            isOver = true
            actions.append(.end(ending))
        }
    }

    /// The slot, if that life of its child is the present one.
    func slot(of ref: ChildRef) -> Int? { children.isPresent(ref) ? ref.slot : nil }

    func ref(_ slot: Int) -> ChildRef { ChildRef(slot: slot, life: children[slot].life) }

    mutating func answer(_ id: SupervisionRequestID, _ answer: SupervisionAnswer) {
        actions.append(.answer(id, answer))
    }

    mutating func report(_ event: SupervisorReport.Event, _ slot: Int) {
        actions.append(
            .report(
                event, child: children[slot].spec, pid: children[slot].pid, isOverdue: children[slot].isOverdue))
    }

    /// Forgets a child, whose process no longer runs, and answers those who asked for its end.
    mutating func remove(_ slot: Int) {
        if let pid = children[slot].pid { slots[pid] = nil }
        if children[slot].spec.isSignificant { significantAlive -= 1 }
        let terminators = children[slot].terminators
        terminators.forEach { answer($0, .done) }
        children.remove(slot)
    }
}

extension DynamicSupervisorMachine {
    /// The present state, at the time `now`.
    func snapshot(at now: Duration) -> SupervisorSnapshot {
        SupervisorSnapshot(
            strategy: .oneForOne, autoShutdown: autoShutdown, restarts: window.limit,
            restartsLeft: window.budget(at: now), children: statuses, departed: [], zombies: zombies.count,
            isEnding: ending != nil, isDynamic: true)
    }

    /// In the order of their first start.
    var statuses: [ChildStatus] { children.inOrder.map { children[$0].status } }
}
