import OTPTestKit
import Testing

@testable import OTP

/// The order of events is checked against what a real gen_statem did with the same scripts.
@Suite struct MachineHistoryTests {
    private struct Outcome: Equatable {
        var trace: [String] = []
        var answered: [String] = []
        var final: [String] = []
    }

    private static func expected(_ history: MachineHistory) -> Outcome {
        Outcome(
            trace: history.trace.map(String.init), answered: history.answered.map(String.init),
            final: history.final.map(String.init))
    }

    @Test("at least 500 histories are recorded, with every kind of action in them")
    func recordings() throws {
        let all = try MachineHistory.recorded()
        #expect(all.count >= 500)
        var kinds: Set<String> = []
        for action in all.flatMap({ $0.begin + $0.outcomes.flatMap(\.actions) + $0.enters.flatMap(\.actions) }) {
            kinds.insert(String(action.prefix(2)))
        }
        #expect(kinds.count == 4 + 4 + 4 * 5, "\(kinds.sorted())")
        #expect(all.contains { $0.final == ["stopped"] } && all.contains { !$0.hasEnterCalls })
        #expect(all.map(\.trace.count).reduce(0, +) > 10_000)
    }

    @Test("the engine alone handles every script event by event as gen_statem did")
    func engine() throws {
        for history in try MachineHistory.recorded() {
            #expect(Self.drive(history) == Self.expected(history), "\(history)")
        }
    }

    /// Drives the engine by hand: no process, no clock, no task.
    private static func drive(_ history: MachineHistory) -> Outcome {
        let answered = Locked<[String]>([])
        let trace = Locked<[String]>([])
        var machine = Scripted(history, trace: trace)
        var engine = MachineEngine<Scripted>(machine.initialState)
        var mailbox = history.outside.map { event($0, answered) }[...]
        var step = engine.begin(machine.begin())
        var current: MachineEvent<Scripted>?
        // No script takes as many steps: one that does would never end.
        for _ in 0..<10_000 {
            engine.effects.perform { if case .reply(let reply) = $0 { reply.send() } }
            switch step {
            case .enter(let old): step = engine.entered(machine.enter(engine.nextState, from: old))
            case .stop: return Outcome(trace: trace.value, answered: answered.value, final: ["stopped"])
            case .crash(let error): return Outcome(final: ["crash \(error)"])
            case .settled:
                current = engine.next() ?? mailbox.popFirst()
                guard let current else {
                    let postponed = engine.postponed.map { "p" + Scripted.formatEvent($0) }
                    let final = ["\(engine.state)"] + postponed + Scripted.timeouts(engine.timers.all)
                    return Outcome(trace: trace.value, answered: answered.value, final: final)
                }
                step = engine.apply(machine.handle(current, in: engine.state), to: current)
            }
        }
        return Outcome(final: ["no end"])
    }

    private static func event(_ text: Substring, _ answered: Locked<[String]>) -> MachineEvent<Scripted> {
        let number = Int(text.dropFirst())!
        return switch text.first {
        case "c": .cast(number)
        case "f": .info(number)
        default: .call(.event(number, Reply(to: Answered(answered))))
        }
    }

    private final class Answered: ReplyTarget {
        private let list: Locked<[String]>
        init(_ list: Locked<[String]>) { self.list = list }
        func receive(_ value: Int) { list.with { $0.append("\(value)") } }
    }

    @Test("SM-016 a process handles every script event by event as gen_statem did, with and without enter calls")
    func process() throws {
        let histories = try MachineHistory.recorded()
        let virtual = VirtualNode(seed: 7)
        let outcomes = try virtual.run(receiving: Int.self) { me in
            var outcomes: [Outcome] = []
            for history in histories { outcomes.append(try await Self.play(history, me)) }
            return outcomes
        }
        for (history, outcome) in zip(histories, outcomes) { #expect(outcome == Self.expected(history), "\(history)") }
        try virtual.shutdown()
    }

    private static func play(_ history: MachineHistory, _ me: PlainProcess<Int>) async throws -> Outcome {
        let name = ServerName<Scripted>("history \(history.seed)")
        let trace = Locked<[String]>([])
        let answered = Locked<[String]>([])
        let sender = me.spawnLink { sender in
            while name.whereIs() == nil { try await sender.sleep(for: .microseconds(1)) }
            for word in history.outside {
                let number = Int(word.dropFirst())!
                switch word.first {
                case "c": name.cast(number)
                case "f": name.send(number)
                default: name.whereIs()?.cell.post(Scripted.Call.event(number, Reply(to: Answered(answered))), tag: 1)
                }
            }
        }
        let machine = try await Scripted.start(name: name) {
            // Everything from outside is in the mailbox when the machine begins.
            _ = await sender.waitForEnd()
            return Scripted(history, trace: trace)
        }
        let final = await Self.final(of: machine)
        return Outcome(trace: trace.value, answered: answered.value, final: final)
    }

    @Test("on the threads of its callers a machine handles every script event by event as gen_statem did")
    func onTheCallersThreads() async throws {
        let histories = try MachineHistory.recorded()
        let node = Node(name: "histories", workers: 1)
        node.heldWorkerSubstitution = .zero
        let outcomes = Locked<[Outcome]>([])
        let inline = Locked(0)
        let player = node.spawn(receiving: Int.self) { me in
            for history in histories {
                let outcome = try await Self.playOneByOne(history, inline, me)
                outcomes.with { $0.append(outcome) }
            }
        }
        #expect(await player.waitForEnd()?.isSame(as: .normal) == true)
        for (history, outcome) in zip(histories, outcomes.value) {
            #expect(outcome == Self.expected(history), "\(history)")
        }
        #expect(outcomes.value.count == histories.count)
        #expect(inline.value > 500)
        await node.shutdown()
    }

    /// What has become of a machine in the end, which then ends.
    private nonisolated(nonsending) static func final(of machine: ServerRef<Scripted>) async -> [String] {
        var final = ["stopped"]
        do {
            let status = try await SystemControl.machineStatus(of: machine)
            final = [status.state] + status.postponed.map { "p" + $0 } + Scripted.timeouts(status.timeouts)
            try await machine.stop()
        } catch { _ = await machine.waitForEnd() }
        return final
    }

    /// Gives each event to a machine that has nothing else to do.
    private nonisolated(nonsending) static func playOneByOne(
        _ history: MachineHistory, _ inline: Locked<Int>, _ me: PlainProcess<Int>
    ) async throws -> Outcome {
        let trace = Locked<[String]>([])
        let answered = Locked<[String]>([])
        let machine = try await Scripted.start {
            Scripted(history, trace: trace) {
                if KernelWorker.current?.pointee.inlineCell != nil { inline.with { $0 += 1 } }
            }
        }
        for word in history.outside {
            while machine.isAlive, !machine.cell.mailbox.isIdle { try await me.yield() }
            let number = Int(word.dropFirst())!
            switch word.first {
            case "c": machine.cast(number)
            case "f": machine.send(number)
            default:
                if !machine.isAlive { break }
                let delivery = Scripted._deliver(.event(number, Reply(to: Answered(answered))), to: machine)
                if delivery.wasIdle { machine.cell.wake() }
            }
        }
        let final = await Self.final(of: machine)
        return Outcome(trace: trace.value, answered: answered.value, final: final)
    }
}
