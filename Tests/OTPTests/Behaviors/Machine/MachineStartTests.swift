import OTP
import OTPTestKit
import Testing

@Suite struct MachineStartTests {
    /// The common part of OTP's cases: casts, calls, a postponed event, a state change.
    private static func exercise(_ machine: some ServerAddress<Told>, _ journal: SceneLog) async throws {
        machine.tell("ping") { _, state in state == .busy ? .keep : .postpone }
        machine.tell("go") { _, _ in .next(.busy) }
        await journal.note { try await machine.state() }
        await journal.note { try await machine.ask("who") }
    }
    private static let exercised = [
        "idle: cast ping", "idle: cast go", "busy: cast ping", "busy", "busy: call who", "busy",
    ]

    @Test("SM-001 SM-014 an unlinked machine serves casts and calls, changes its state and stops on request")
    func start() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            try await Self.exercise(machine, journal)
            await journal.note { try await machine.stop() }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == Self.exercised + ["terminate (normal) in busy", "ok", "[]"])
    }

    @Test("SM-002 a monitored start: the notice of the end comes, with its monitor")
    func startMonitor() throws {
        let lines = try played { me, journal in
            let (machine, monitor) = try await Told.startMonitor(me, down: { .down($0) }) { Told(journal) }
            machine.tell("end") { _, _ in .stop(.shutdown) }
            guard case .down(let down)? = try await me.receive(within: .seconds(10)) else { return }
            journal.note("\(down.monitor == monitor) \(down.pid == machine.pid) \(down.reason)")
        }
        #expect(lines == ["idle: cast end", "terminate (shutdown) in idle", "true true shutdown"])
    }

    @Test("SM-004 an init that takes too long fails the start and leaves nothing; a quick one does not")
    func startTimeout() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            await journal.note {
                try await Told.startLink(me, timeout: .milliseconds(100)) {
                    try await pause(for: .seconds(1))
                    return Told(journal)
                }
            }
            try await me.sleep(for: .seconds(2))
            journal.note("\(try await me.leftovers())")
            let quick = try await Told.start(timeout: .milliseconds(100)) { Told(journal) }
            await journal.note { try await quick.state() }
        }
        #expect(lines == ["timeout", "[]", "idle"])
    }

    @Test("SM-005 an init that declines: no machine, no failure, nothing left")
    func ignored() throws {
        let lines = try played { me, journal in
            await journal.note { try await Told.start { throw StartSignal.ignore } }
            journal.note("\(try await me.leftovers()) \(me.node.processCount)")
        }
        #expect(lines == ["ignored", "[] 1"])
    }

    @Test("SM-006 an init that throws: the start fails with the reason, nothing left")
    func failingInit() throws {
        let lines = try played { me, journal in
            await journal.note { try await Told.start { throw Exit(.shutdown(detail: "not today")) } }
            journal.note("\(try await me.leftovers()) \(me.node.processCount)")
        }
        #expect(lines == ["failed (shutdown: not today)", "[] 1"])
    }

    @Test("SM-007 a linked machine serves as any, and passes its end on")
    func startLink() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { Told(journal) }
            try await Self.exercise(machine, journal)
            machine.tell("end") { _, _ in .stop(.shutdown(detail: "enough")) }
            journal.note(try await me.next())
        }
        #expect(
            lines == Self.exercised
                + ["busy: cast end", "terminate (shutdown: enough) in busy", "EXIT (shutdown: enough)"])
    }

    @Test("SM-008 SM-011 a global name that is taken refuses every start and leaves no message", arguments: [1])
    func takenGlobalName(kind: Int) throws { try takenName(kind) }

    @Test(
        "SM-009 SM-010 a name that is taken, local or via, refuses every start and leaves no message",
        arguments: [0, 2])
    func takenLocalName(kind: Int) throws { try takenName(kind) }

    private func takenName(_ kind: Int) throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let name = everyKindOfName(Told.self)[kind]
            let machine = try await Told.start(name: name) { Told(journal) }
            await journal.note { try await Told.start(name: name) { Told(journal) } }
            await journal.note { try await Told.startLink(me, name: name) { Told(journal) } }
            await journal.note {
                try await Told.startMonitor(me, name: name, down: { .down($0) }) { Told(journal) }
            }
            journal.note("\(try await me.leftovers())")
            try await Self.exercise(name, journal)
            journal.note("\(name.whereIs() == machine)")
            let (other, _) = try await Told.startMonitor(me, name: "other", down: { .down($0) }) { Told(journal) }
            try await other.stop()
            journal.note(try await me.next())
        }
        #expect(
            lines == ["alreadyStarted", "alreadyStarted", "alreadyStarted", "[]"] + Self.exercised + [
                "true", "terminate (normal) in idle", "DOWN (normal)",
            ])
    }

    @Test("SM-012 the name of a machine that has stopped is free at once", arguments: 0..<3)
    func nameIsFree(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Told.self)[kind]
            for state in [Told.State.idle, .number(2)] {
                try await Told.start(name: name) { Told(journal, in: state) }
                await journal.note { try await name.state() }
                try await name.stop()
            }
        }
        #expect(
            lines == ["idle", "terminate (normal) in idle", "number(2)", "terminate (normal) in number(2)"])
    }

    @Test("SM-015 the starter is linked, casts change the state and the data, a call tells the data")
    func handleEventMode() throws {
        let lines = try played { me, journal in
            let machine = try await Told.startLink(me) { Told(journal) }
            journal.note("linked \(me.snapshot()?.links.contains(machine.pid) == true)")
            for number in 1...3 {
                machine.tell("flip") { told, state in
                    told.count += number
                    return .next(state == .idle ? .busy : .idle)
                }
            }
            await journal.note { try await machine.ask("data") { told, _, reply in reply("\(told.count)") } }
        }
        #expect(
            lines == [
                "linked true", "idle: cast flip", "busy: cast flip", "idle: cast flip", "busy: call data", "6",
            ])
    }

    @Test("SM-017 a cast to a name that nobody has does nothing", arguments: 0..<3)
    func castToNobody(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Told.self)[kind]
            name.tell("nobody hears")
            journal.note("\(name.whereIs() == nil)")
        }
        #expect(lines == ["true"])
    }

    @Test("SM-020 a child specification has the machine's type as its id, and everything in it can be chosen")
    func child() throws {
        let plain = Told.child { Told(SceneLog()) }
        #expect("\(plain.id)" == "Told" && plain.restart == .permanent)
        let chosen = Told.child("one", restart: .temporary, shutdown: .kill) { Told(SceneLog()) }
        #expect("\(chosen.id)" == "one" && chosen.restart == .temporary)
        let lines = try played { me, journal in
            let name = ServerName<Told>("supervised")
            let tree = try await Supervisor(.oneForOne) { Told.child(name: name) { Told(journal) } }.start()
            let first = name.pid
            name.tell("crash") { _, _ in throw Broken() }
            try await me.sleep(for: .seconds(1))
            journal.note("restarted \(name.pid != nil && name.pid != first)")
            await journal.note { try await name.state() }
            try await tree.stop()
        }
        #expect(
            lines == [
                "idle: cast crash", "terminate (error: broken) in idle", "report Told (error: broken)",
                "restarted true", "idle", "terminate (shutdown) in idle",
            ])
    }

    @Test("SM-066 what a machine's start asks for comes before any event from outside")
    func firstActions() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start {
                Told(
                    journal, first: [.insert("first"), .stateTimeout(.zero, .say("now")), .insert("second")],
                    onEnter: { _, _, _ in .stay })
            }
            machine.tell("outside")
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: internal first", "idle: internal second", "idle: timeout now",
                "idle: cast outside",
            ])
    }

    @Test("the partitions of a supervisor may be machines")
    func partitions() throws {
        let states = try VirtualNode().run { me in
            let machines = PartitionSupervisor("machines", partitions: 2) { (_: Int, _: Told.Me) in Told(SceneLog()) }
            let supervisor = try await machines.start()
            machines[0].tell("go") { _, _ in .next(.busy) }
            let states = ["\(try await machines[0].state())", "\(try await machines[1].state())"]
            try await supervisor.stop()
            return states
        }
        #expect(states == ["busy", "idle"])
    }
}
