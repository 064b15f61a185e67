import Testing

@testable import OTP

/// The same children, started and ended by requests in one machine and at once in another.
@Suite struct DynamicSupervisorAtOnceTests {
    @Test(arguments: 1...40)
    func `what happens at once leaves the machine as requests do`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var pair = Pair(
            maxChildren: 6, autoShutdown: seed.isMultiple(of: 3) ? .allSignificant : .never, seed: seed)
        for step in 1...200 {
            pair.now += .milliseconds(Int(random.unit() * 400))
            let restart: Restart = [.permanent, .transient, .temporary][Int(random.unit() * 3)]
            switch Int(random.unit() * 100) {
            case 0..<45:
                pair.start(
                    .played(ChildID(step), restart, isSignificant: seed.isMultiple(of: 3) && restart != .permanent))
            case 45..<80:
                pair.terminate(Int(random.unit() * 7), random.unit() < 0.2 ? .killed : .shutdown, random.unit() < 0.2)
            case 80..<99: pair.crash(Int(random.unit() * 7), random.unit() < 0.5 ? .normal : .killed)
            default: pair.shutdown()
            }
            #expect(pair.described(pair.asked) == pair.described(pair.atOnce), "step \(step)")
            #expect(pair.saidWhenAsked == pair.saidAtOnce, "step \(step)")
            if pair.isOver { break }
        }
    }
}

private struct Pair {
    var asked: DynamicSupervisorMachine
    var atOnce: DynamicSupervisorMachine
    var now: Duration = .zero
    var saidWhenAsked: [String] = []
    var saidAtOnce: [String] = []
    private var pids: [PID] = []
    private var requests: SupervisionRequestID = 0
    private var processes: UInt64 = 0

    init(maxChildren: Int, autoShutdown: Supervisor.AutoShutdown, seed: UInt64) {
        asked = DynamicSupervisorMachine(
            restarts: .atMost(20, in: .seconds(5)), maxChildren: maxChildren, autoShutdown: autoShutdown,
            template: nil, seed: seed)
        atOnce = asked
    }

    var isOver: Bool { asked.isOver }

    func described(_ machine: DynamicSupervisorMachine) -> String {
        "\(machine.snapshot(at: now)) \(machine.significantAlive) \(machine.slots.count) \(machine.isOver)"
    }

    /// What is to be done, in words: without the answers and alarms of requests that one of the two has not had.
    private static func said(_ actions: [SupervisionAction]) -> [String] {
        actions.compactMap { action in
            switch action {
            case .answer, .cancel(.stopTimeOver), .wake(.stopTimeOver, _), .askToStop: nil
            case .start(let ref, let spec): "start \(ref.slot) \(ref.life) \(spec.id)"
            default: "\(action)"
            }
        }
    }

    private mutating func ask(_ inputs: SupervisionInput...) -> [SupervisionAction] {
        inputs.flatMap { asked.handle($0, at: now) }
    }

    private mutating func takeSaid() -> [SupervisionAction] {
        defer { atOnce.actions = [] }
        return atOnce.actions
    }

    private mutating func newPID() -> PID {
        processes += 1
        return PID(raw: processes)
    }

    mutating func start(_ spec: ChildSpec) {
        requests += 1
        let actions = ask(.request(.startChild(spec), requests))
        let wanted = actions.compactMap { if case .start(let ref, _) = $0 { ref } else { nil } }.first
        let listed = try? atOnce.list(spec, for: requests)
        #expect(listed == wanted)
        guard let ref = listed else { return }
        let pid = newPID()
        _ = ask(.childStarted(ref, pid))
        let (isNews, isNewsAgain) = (
            atOnce.startedAtOnce(ref, pid, at: now), atOnce.startedAtOnce(ref, pid, at: now)
        )
        #expect(isNews && !isNewsAgain)
        pids.append(pid)
    }

    mutating func terminate(_ index: Int, _ reason: ExitReason, _ leavesZombie: Bool) {
        guard index < pids.count, let ref = atOnce.stoppable(pids[index]) else { return }
        requests += 1
        let first = ask(.request(.terminateChild(.process(pids.remove(at: index))), requests))
        saidWhenAsked = Self.said(first + ask(.childExited(ref, reason, leavesZombie: leavesZombie)))
        atOnce.stoppedAtOnce(ref, reason, leavesZombie: leavesZombie, at: now)
        saidAtOnce = Self.said(takeSaid())
        if leavesZombie {
            saidWhenAsked += Self.said(ask(.zombieEnded(ref)))
            saidAtOnce += Self.said(atOnce.handle(.zombieEnded(ref), at: now))
        }
    }

    /// The end of a child that nobody asked for, the same for both; one that is to be started again is.
    mutating func crash(_ index: Int, _ reason: ExitReason) {
        guard index < pids.count, let ref = atOnce.stoppable(pids[index]) else { return }
        let pid = pids.remove(at: index)
        let said = asked.handle(.childExited(ref, reason, leavesZombie: false), at: now)
        saidWhenAsked = Self.said(said)
        saidAtOnce = Self.said(atOnce.handle(.childExited(ref, reason, leavesZombie: false), at: now))
        for case .start(let again, _) in said {
            let next = newPID()
            _ = asked.handle(.childStarted(again, next), at: now)
            _ = atOnce.handle(.childStarted(again, next), at: now)
            #expect(pid != next)
            pids.append(next)
        }
    }

    mutating func shutdown() {
        saidWhenAsked = Self.said(asked.handle(.shutdown(.shutdown, deadline: nil), at: now))
        saidAtOnce = Self.said(atOnce.handle(.shutdown(.shutdown, deadline: nil), at: now))
    }
}
