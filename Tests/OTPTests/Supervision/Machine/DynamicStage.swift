@testable import OTP

/// Plays the part of the loop and of the children for a ``DynamicSupervisorMachine``. Reads like ``SupervisorStage``.
final class DynamicStage {
    private(set) var machine: DynamicSupervisorMachine
    private(set) var now: Duration = .zero
    private(set) var reports: [String] = []
    private(set) var ending: SupervisorMachine.Ending?
    var starts: [String: [SupervisorStage.Start]] = [:]
    var stops: [String: SupervisorStage.Stop] = [:]
    var lingering: Set<String> = []

    private var trace: [String] = []
    private var names: [ChildRef: String] = [:]
    private var alive: [String: ChildRef] = [:]
    private var pids: [String: PID] = [:]
    private var started: Set<ChildRef> = []
    private var zombies: [String: ChildRef] = [:]
    private var alarms: [DynamicSupervisorMachine.Alarm: Duration] = [:]
    private var answers: [SupervisorMachine.RequestID: SupervisorMachine.Answer] = [:]
    private var requests: SupervisorMachine.RequestID = 0
    private var waiting: [DynamicSupervisorMachine.Input] = []

    init(
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), maxChildren: Int? = nil,
        autoShutdown: Supervisor.AutoShutdown = .never
    ) {
        machine = DynamicSupervisorMachine(
            restarts: restarts, maxChildren: maxChildren, autoShutdown: autoShutdown, hasTemplate: false, seed: 1)
    }

    func events() -> [String] {
        defer { trace = [] }
        return trace
    }

    @discardableResult
    func request(_ request: DynamicSupervisorMachine.Request) -> SupervisorMachine.Answer? {
        requests += 1
        take(.request(request, requests))
        return answers.removeValue(forKey: requests)
    }

    func answer(to request: Int) -> SupervisorMachine.Answer? {
        answers.removeValue(forKey: SupervisorMachine.RequestID(request))
    }

    @discardableResult func start(_ spec: ChildSpec) -> SupervisorMachine.Answer? { request(.startChild(spec)) }

    /// The present or last process of a child.
    func pid(_ name: String) -> PID { pids[name]! }

    func exit(_ name: String, _ reason: ExitReason = .error(SupervisorStage.Failure())) {
        guard let ref = alive.removeValue(forKey: name) else { preconditionFailure("\(name) does not run") }
        take(.childExited(ref, reason, leavesZombie: reason.isKilled && lingers(name, ref)))
    }

    func finishStart(_ name: String, _ how: SupervisorStage.Start = .runs) {
        waiting.append(outcome(of: alive[name]!, name, how))
        flow()
    }

    func endZombie(_ name: String) { take(.zombieEnded(zombies.removeValue(forKey: name)!)) }

    func shutdown(deadline: Duration? = nil) { take(.shutdown(.shutdown, deadline: deadline)) }

    func advance(_ time: Duration) {
        let end = now + time
        while let (alarm, due) = alarms.min(by: { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }), due <= end {
            alarms[alarm] = nil
            now = max(now, due)
            take(.alarm(alarm))
        }
        now = end
    }

    func counts() -> [Int]? { request(.childCounts)?.counts }

    private func take(_ input: DynamicSupervisorMachine.Input) {
        waiting.append(input)
        flow()
    }

    private func flow() {
        while !waiting.isEmpty {
            for action in machine.handle(waiting.removeFirst(), at: now) { perform(action) }
        }
    }

    private func perform(_ action: DynamicSupervisorMachine.Action) {
        switch action {
        case .start(let ref, let spec):
            let name = spec.id.description
            trace.append("+\(name)")
            alive[name] = ref
            names[ref] = name
            var outcomes = starts[name] ?? []
            let how = outcomes.isEmpty ? .runs : outcomes.removeFirst()
            starts[name] = outcomes
            if case .hangs = how { return }
            waiting.append(outcome(of: ref, name, how))
        case .askToStop(let ref, _):
            let name = names[ref]!
            trace.append("-\(name)")
            if case .ends(let reason) = stops[name] ?? .ends(.shutdown) { stop(ref, name, reason) }
        case .kill(let ref):
            trace.append("!\(names[ref]!)")
            stop(ref, names[ref]!, .killed)
        case .wake(let alarm, let wait): alarms[alarm] = now + wait
        case .cancel(let alarm): alarms[alarm] = nil
        case .answer(let id, let answer): answers[id] = answer
        case .report(let event, let child, _): reports.append(SupervisorStage.text(event, child.id))
        case .end(let ending):
            precondition(alive.isEmpty && self.ending == nil, "ended with \(alive.keys)")
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

    private func outcome(
        of ref: ChildRef, _ name: String, _ how: SupervisorStage.Start
    ) -> DynamicSupervisorMachine.Input {
        switch how {
        case .runs, .hangs:
            let pid = PID(node: 0, number: UInt64(started.count + 1))
            started.insert(ref)
            pids[name] = pid
            return .childStarted(ref, pid)
        case .ignores:
            alive[name] = nil
            return .childIgnored(ref)
        case .fails:
            alive[name] = nil
            return .childFailed(ref, SupervisorStage.Failure())
        }
    }

    private func lingers(_ name: String, _ ref: ChildRef) -> Bool {
        guard lingering.contains(name) else { return false }
        zombies[name] = ref
        return true
    }
}
