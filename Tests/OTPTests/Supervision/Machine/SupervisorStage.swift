@testable import OTP

/// Plays the part of the loop and of the children for a ``SupervisorMachine``, in time that only moves when told to.
///
/// Its trace reads: `+a` a starts, `-a` a is asked to end, `!a` a is killed, `ready`, `end`.
final class SupervisorStage {
    enum Start { case runs, ignores, fails, hangs }
    enum Stop { case ends(ExitReason), hangs }
    struct Failure: Error {}

    private(set) var machine: SupervisorMachine
    private(set) var now: Duration = .zero
    private(set) var trace: [String] = []
    private(set) var reports: [String] = []
    private(set) var ending: SupervisorMachine.Ending?
    private(set) var deadlines: [String: Duration?] = [:]
    /// How each start and each stop goes; otherwise children run, and end with `shutdown`.
    var starts: [String: [Start]] = [:]
    var stops: [String: Stop] = [:]
    /// Children that leave a handler running when they are killed.
    var lingering: Set<String> = []

    private var names: [ChildRef: String] = [:]
    private var alive: [String: ChildRef] = [:]
    private var started: Set<ChildRef> = []
    private var zombies: [String: ChildRef] = [:]
    private var alarms: [SupervisorMachine.Alarm: Duration] = [:]
    private var answers: [SupervisorMachine.RequestID: SupervisorMachine.Answer] = [:]
    private var requests: SupervisorMachine.RequestID = 0
    private var pids: UInt64 = 0
    private var waiting: [SupervisorMachine.Input] = []

    init(
        _ strategy: Supervisor.Strategy, restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)),
        autoShutdown: Supervisor.AutoShutdown = .never, _ children: [ChildSpec]
    ) {
        machine = SupervisorMachine(
            strategy: strategy, restarts: restarts, autoShutdown: autoShutdown, children: children, seed: 1)
    }

    func start() { take(.start) }

    /// The trace since it was last read.
    func events() -> [String] {
        defer { trace = [] }
        return trace
    }

    func exit(_ name: String, _ reason: ExitReason = .error(Failure())) {
        guard let ref = alive.removeValue(forKey: name) else { preconditionFailure("\(name) does not run") }
        take(.childExited(ref, reason, leavesZombie: false))
    }

    /// Kills a child from outside.
    func kill(_ name: String) {
        guard let ref = alive.removeValue(forKey: name) else { preconditionFailure("\(name) does not run") }
        take(.childExited(ref, .killed, leavesZombie: lingers(name, ref)))
    }

    /// A child that hangs in its `init` goes on.
    func finishStart(_ name: String, _ how: Start = .runs) {
        guard let ref = alive[name] else { preconditionFailure("\(name) does not start") }
        waiting.append(outcome(of: ref, name, how))
        flow()
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
    func request(_ request: SupervisorMachine.Request) -> SupervisorMachine.Answer? {
        requests += 1
        take(.request(request, requests))
        return answers.removeValue(forKey: requests)
    }

    /// The answer to the last request, if it came late.
    func lateAnswer() -> SupervisorMachine.Answer? { answers.removeValue(forKey: requests) }

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
        machine.snapshot(at: now).children.map { "\($0.id) \(Self.text($0.phase))" }
    }

    func isAlive(_ name: String) -> Bool { alive[name] != nil }

    private static func text(_ phase: ChildStatus.Phase) -> String {
        if case .running = phase { "running" } else { "\(phase)" }
    }

    // MARK: the loop

    private func take(_ input: SupervisorMachine.Input) {
        waiting.append(input)
        flow()
    }

    private func flow() {
        while !waiting.isEmpty {
            for action in machine.handle(waiting.removeFirst(), at: now) { perform(action) }
            // An alarm without a wait is a message of the supervisor to itself.
        }
    }

    private func perform(_ action: SupervisorMachine.Action) {
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
        case .report(let event, let child, _): reports.append(Self.text(event, child.id))
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
        } else {
            waiting.append(.childFailed(ref, Exit(reason)))
        }
    }

    private func outcome(of ref: ChildRef, _ name: String, _ how: Start) -> SupervisorMachine.Input {
        switch how {
        case .runs, .hangs:
            pids += 1
            started.insert(ref)
            return .childStarted(ref, PID(node: 0, number: pids))
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

struct PlayedStarter: ChildStarter {}

extension SupervisorMachine.Answer {
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
