@testable import OTP

/// Plays the part of the loop and of the children for the machine of a supervisor, in time that only moves when told to.
///
/// Its trace reads: `+a` a starts, `-a` a is asked to end, `!a` a is killed, `ready`, `end`.
final class SupervisorStage {
    enum Start { case runs, ignores, fails, hangs }
    enum Stop { case ends(ExitReason), hangs }
    struct Failure: Error {}

    private var machine: any SupervisionMachine
    private(set) var now: Duration = .zero
    private var trace: [String] = []
    private(set) var reports: [String] = []
    private(set) var ending: SupervisionEnding?
    private(set) var deadlines: [String: Duration?] = [:]
    /// How each start and each stop goes; otherwise children run, and end with `shutdown`.
    var starts: [String: [Start]] = [:]
    var stops: [String: Stop] = [:]
    /// Children that leave a handler running when they are killed.
    var lingering: Set<String> = []
    /// Children that hang in their `init` and decline as they are asked to end, or killed.
    var declining: Set<String> = []

    private var names: [ChildRef: String] = [:]
    private var alive: [String: ChildRef] = [:]
    private var started: Set<ChildRef> = []
    private var zombies: [String: ChildRef] = [:]
    private var alarms: [SupervisionAlarm: Duration] = [:]
    private var answers: [SupervisionRequestID: SupervisionAnswer] = [:]
    private var requests: SupervisionRequestID = 0
    private var pids: [String: PID] = [:]
    private var waiting: [SupervisionInput] = []

    init(
        _ strategy: Supervisor.Strategy, restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)),
        autoShutdown: Supervisor.AutoShutdown = .never, _ children: [ChildSpec]
    ) {
        machine = SupervisorMachine(
            strategy: strategy, restarts: restarts, autoShutdown: autoShutdown, children: children, seed: 1)
    }

    init(
        dynamic restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never
    ) {
        machine = DynamicSupervisorMachine(
            restarts: restarts, maxChildren: maxChildren, autoShutdown: autoShutdown, template: nil, seed: 1)
    }

    func start() { take(.start) }

    /// Asks for a new child.
    @discardableResult func start(_ spec: ChildSpec) -> SupervisionAnswer? { request(.startChild(spec)) }

    var snapshot: SupervisorSnapshot { machine.snapshot(at: now) }

    /// The trace since it was last read.
    func events() -> [String] {
        defer { trace = [] }
        return trace
    }

    func exit(_ name: String, _ reason: ExitReason = .error(Failure())) {
        guard let ref = alive.removeValue(forKey: name) else { preconditionFailure("\(name) does not run") }
        take(.childExited(ref, reason, leavesZombie: reason.isKilled && lingers(name, ref)))
    }

    /// Kills a child from outside.
    func kill(_ name: String) { exit(name, .killed) }

    /// A child that hangs in its `init` goes on.
    func finishStart(_ name: String, _ how: Start = .runs) {
        guard let ref = alive[name] else { preconditionFailure("\(name) does not start") }
        waiting.append(outcome(of: ref, name, how))
        flow()
    }

    /// A child that hangs in its `init` is killed there.
    func killStart(_ name: String) {
        guard let ref = alive.removeValue(forKey: name) else { preconditionFailure("\(name) does not start") }
        take(.childFailed(ref, Exit(.killed), leavesZombie: lingers(name, ref)))
    }

    func endZombie(_ name: String) {
        guard let ref = zombies.removeValue(forKey: name) else { preconditionFailure("\(name) has no zombie") }
        take(.zombieEnded(ref))
    }

    func shutdown(_ reason: ExitReason = .shutdown, deadline: Duration? = nil) {
        take(.shutdown(reason, deadline: deadline))
    }

    /// Takes a request; nil if it has not been answered yet.
    @discardableResult
    func request(_ request: SupervisionRequest) -> SupervisionAnswer? {
        requests += 1
        take(.request(request, requests))
        return answers.removeValue(forKey: requests)
    }

    /// The answer to the `number`th request, counted from 1, if it came late.
    func answer(to number: Int) -> SupervisionAnswer? {
        answers.removeValue(forKey: SupervisionRequestID(number))
    }

    /// The present or last process of a child.
    func pid(_ name: String) -> PID { pids[name]! }

    func counts() -> [Int]? { request(.childCounts)?.counts }

    /// The answer to the last request, if it came late.
    func lateAnswer() -> SupervisionAnswer? { answers.removeValue(forKey: requests) }

    func advance(_ time: Duration) {
        let end = now + time
        while let (alarm, due) = alarms.min(by: { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }), due <= end {
            alarms[alarm] = nil
            now = max(now, due)
            take(.alarm(alarm))
        }
        now = end
    }

    /// What `children` answers: `a running`, `b restarting`.
    func children() -> [String] {
        snapshot.children.map { "\($0.id) \(Self.text($0.phase))" }
    }

    private static func text(_ phase: ChildStatus.Phase) -> String {
        if case .running = phase { "running" } else { "\(phase)" }
    }

    // MARK: the loop

    private func take(_ input: SupervisionInput) {
        waiting.append(input)
        flow()
    }

    private func flow() {
        while !waiting.isEmpty {
            for action in machine.handle(waiting.removeFirst(), at: now) { perform(action) }
        }
    }

    private func perform(_ action: SupervisionAction) {
        switch action {
        case .start(let ref, let spec):
            let name = spec.id.description
            trace.append("+\(name)")
            precondition(alive[name] == nil, "\(name) runs already")
            alive[name] = ref
            names[ref] = name
            var outcomes = starts[name] ?? []
            let how = outcomes.isEmpty ? .runs : outcomes.removeFirst()
            starts[name] = outcomes
            if case .hangs = how { return }
            waiting.append(outcome(of: ref, name, how))
        case .askToStop(let ref, let deadline):
            let name = names[ref]!
            trace.append("-\(name)")
            deadlines[name] = deadline
            if case .ends(let reason) = stops[name] ?? .ends(.shutdown) { stop(ref, name, reason) }
        case .kill(let ref):
            trace.append("!\(names[ref]!)")
            stop(ref, names[ref]!, .killed)
        case .wake(let alarm, let wait): alarms[alarm] = now + wait
        case .cancel(let alarm): alarms[alarm] = nil
        case .answer(let id, let answer):
            precondition(answers[id] == nil, "answered twice")
            answers[id] = answer
        case .report(let event, let child, _, let isOverdue):
            reports.append(Self.text(event, child.id) + (isOverdue ? ", had to be killed" : ""))
        case .ready: trace.append("ready")
        case .end(let ending):
            precondition(self.ending == nil, "ended twice")
            precondition(alive.isEmpty, "ended before \(alive.keys)")
            self.ending = ending
            trace.append("end")
        }
    }

    private func stop(_ ref: ChildRef, _ name: String, _ reason: ExitReason) {
        guard alive[name] == ref else { return }
        alive[name] = nil
        if started.contains(ref) {
            waiting.append(.childExited(ref, reason, leavesZombie: reason.isKilled && lingers(name, ref)))
        } else if declining.contains(name) {
            waiting.append(.childIgnored(ref))
        } else {
            waiting.append(.childFailed(ref, Exit(reason)))
        }
    }

    private func outcome(of ref: ChildRef, _ name: String, _ how: Start) -> SupervisionInput {
        switch how {
        case .runs, .hangs:
            started.insert(ref)
            let pid = PID(node: 0, number: UInt64(started.count))
            pids[name] = pid
            return .childStarted(ref, pid)
        case .ignores:
            alive[name] = nil
            return .childIgnored(ref)
        case .fails:
            alive[name] = nil
            return .childFailed(ref, Failure())
        }
    }

    private func lingers(_ name: String, _ ref: ChildRef) -> Bool {
        guard lingering.contains(name) else { return false }
        zombies[name] = ref
        return true
    }

    static func text(_ event: SupervisorReport.Event, _ child: ChildID) -> String {
        switch event {
        case .started: "started \(child)"
        case .startError: "start error \(child)"
        case .childTerminated: "terminated \(child)"
        case .shutdownError: "shutdown error \(child)"
        case .gaveUp: "gave up \(child)"
        case .overlap: "overlap \(child)"
        }
    }
}

extension ExitReason {
    var isKilled: Bool {
        if case .killed = self { true } else { false }
    }
}

extension ChildSpec {
    /// A child that is only played.
    static func played(
        _ id: ChildID, _ restart: Restart = .permanent, shutdown: Shutdown? = nil, kind: Kind = .worker,
        isSignificant: Bool = false, backoff: Backoff? = nil, zombieGrace: Duration = .seconds(5)
    ) -> ChildSpec {
        ChildSpec(
            id: id, kind: kind, restart: restart, shutdown: shutdown, isSignificant: isSignificant, backoff: backoff,
            zombieGrace: zombieGrace, starter: PlayedStarter())
    }
}

/// Machines never start anything themselves.
struct PlayedStarter: ChildStarter {
    var startTimeout: Duration? { nil }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        throw SupervisorStage.Failure()
    }
}

extension SupervisionAnswer {
    var failure: SupervisorError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }

    var isDone: Bool {
        if case .done = self { true } else { false }
    }

    /// The process that was started; nil for none, or for another answer.
    var pid: PID? {
        if case .pid(let pid) = self { pid } else { nil }
    }

    var counts: [Int]? {
        if case .counts(let counts) = self {
            [counts.specs, counts.active, counts.supervisors, counts.workers]
        } else {
            nil
        }
    }
}
