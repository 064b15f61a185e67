/// Decides what a supervisor does: who starts, who is started again, who is stopped and in which order.
///
/// It neither waits nor looks at a clock: it is told what happened and when, and returns what to do. One operation (the
/// start, a restart, a request that starts or stops a child, the shutdown) is under way at a time; what comes in
/// meanwhile is dealt with afterwards, in the order in which it came. Only a shutdown interrupts.
struct SupervisorMachine: SupervisionMachine {
    let strategy: Supervisor.Strategy
    let autoShutdown: Supervisor.AutoShutdown
    /// How much longer than the deadline of the tree a supervisor below is given: it kills what is left itself.
    static let supervisorMargin = Duration.seconds(1)

    var children = ChildList()
    var window: RestartWindow
    var operation = Operation.new
    var backlog = Backlog()
    var zombies = ZombieTable()
    /// Declared children that were temporary and have ended: nobody would see otherwise that they are gone.
    var departed: [ChildID: ChildStatus] = [:]
    /// Significant children that have not ended for good.
    var significantAlive = 0
    /// When everything must have ended, once a shutdown has begun.
    var deadline: Duration?
    var lives: UInt64 = 0
    var random: SplitMix
    /// The time of the present input, and what came of it so far.
    var now: Duration = .zero
    var actions: [SupervisionAction] = []

    /// The specifications must have been validated.
    init(
        strategy: Supervisor.Strategy, restarts: Supervisor.Restarts, autoShutdown: Supervisor.AutoShutdown,
        children specs: [ChildSpec], seed: UInt64
    ) {
        self.strategy = strategy
        self.autoShutdown = autoShutdown
        window = RestartWindow(restarts)
        random = SplitMix(seed: seed)
        for spec in specs { _ = children.append(spec, isDeclared: true) }
    }

    /// Takes one input at the time `now`, which never goes back.
    mutating func take(_ input: consuming SupervisionInput, at now: Duration) {
        self.now = now
        take(input)
        while case .idle = operation, let next = backlog.next() { take(next) }
    }

    private mutating func take(_ input: consuming SupervisionInput) {
        switch consume input {
        case .start: boot()
        case .childStarted(let ref, let pid): childStarted(ref, pid)
        case .childIgnored(let ref): childIgnored(ref)
        case .childFailed(let ref, let error, let leavesZombie): childFailed(ref, error, leavesZombie: leavesZombie)
        case .nameTaken(let ref, let error, by: _): childFailed(ref, error, leavesZombie: false)
        case .childExited(let ref, let reason, let leavesZombie): childExited(ref, reason, leavesZombie: leavesZombie)
        case .zombieEnded(let ref): zombieEnded(ref)
        case .alarm(.stopTimeOver(let ref)): stopTimeOver(ref)
        case .alarm(.zombieGraceOver(let ref)): zombieGraceOver(ref)
        case .alarm(.restart(let ref)): later(.restart(ref))
        case .alarm(.stopTimesOver): break
        case .request(let request, let id): take(request, id)
        case .shutdown(let reason, let deadline): shutdown(reason, deadline: deadline)
        }
    }

    private mutating func take(_ request: SupervisionRequest, _ id: SupervisionRequestID) {
        guard isEnding else { return later(.request(request, id)) }
        if request.changesNothing { answer(request, id) } else { answer(id, .failure(SupervisorError(.shuttingDown))) }
    }

    /// Deals with it now, or when the present operation is over.
    mutating func later(_ item: Backlog.Item) {
        if case .idle = operation { take(item) } else if !isEnding { backlog.append(item) }
    }

    private mutating func take(_ item: Backlog.Item) {
        switch item {
        case .exit(let ref): dealWithExit(ref)
        case .restart(let ref): restartAlarm(ref)
        case .resume(let ref): resume(ref)
        case .request(let request, let id): answer(request, id)
        }
    }

    /// Whether the supervisor is on its way out.
    var isEnding: Bool {
        switch operation {
        case .ended: true
        case .stopping(let run): run.isEnd
        case .new, .idle, .starting: false
        }
    }

    func ref(_ slot: Int) -> ChildRef { ChildRef(slot: slot, life: children[slot].life) }

    mutating func setPhase(_ slot: Int, _ phase: SupervisedChild.Phase) {
        if children[slot].spec.isSignificant {
            significantAlive += (phase.isAlive ? 1 : 0) - (children[slot].phase.isAlive ? 1 : 0)
        }
        children[slot].phase = phase
    }

    mutating func remove(_ slot: Int) {
        setPhase(slot, .stopped)
        children.remove(slot)
    }

    mutating func answer(_ id: SupervisionRequestID, _ answer: SupervisionAnswer) {
        actions.append(.answer(id, answer))
    }

    mutating func answer(_ askers: StartRun.Askers, _ answer: SupervisionAnswer) {
        self.answer(askers.first, answer)
        for id in askers.others { self.answer(id, answer) }
    }

    mutating func report(_ event: SupervisorReport.Event, _ slot: Int) {
        actions.append(
            .report(
                event, child: children[slot].spec, pid: children[slot].lastPID, isOverdue: children[slot].isOverdue))
    }
}

extension SupervisedChild.Phase {
    /// Whether such a child still counts among the significant ones.
    fileprivate var isAlive: Bool {
        switch self {
        case .starting, .running, .stopping, .restarting, .held: true
        case .stopped, .ignored, .gone: false
        }
    }
}
