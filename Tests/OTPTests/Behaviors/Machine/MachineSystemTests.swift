import OTP
import OTPTestKit
import Testing

@Suite struct MachineSystemTests {
    @Test("SM-085 a suspended machine answers nobody, however long; after the resume it goes on in order")
    func suspend() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            machine.tell("set") { _, _ in .keep(.stateTimeout(.seconds(1), .say("due meanwhile"))) }
            try await SystemControl.suspend(machine)
            machine.tell("first")
            await journal.note { try await machine.ask("asked", timeout: .seconds(4)) }
            try await SystemControl.resume(machine)
            await journal.note { try await machine.ask("again") }
        }
        #expect(
            lines == [
                "idle: cast set", "timeout", "idle: cast first", "idle: call asked", "idle: timeout due meanwhile",
                "idle: call again", "idle",
            ])
    }

    @Test("what was set aside comes first also if the suspension ends in the turn in which it was set aside")
    func resumedAtOnce() throws {
        for seed in 1...30 as ClosedRange<UInt64> {
            let lines = try played(seed: seed) { me, journal in
                let machine = try await Told.start { Told(journal) }
                try await SystemControl.suspend(machine)
                machine.tell("first")
                let other = me.spawnLink { _ in try await SystemControl.resume(machine) }
                try await me.yield()
                machine.tell("second")
                _ = await other.waitForEnd()
                _ = try await machine.state()
            }
            #expect(lines == ["idle: cast first", "idle: cast second"], "seed \(seed)")
        }
    }

    @Test("SM-087 SM-056 state and data, by reference and name, with and without a time limit, running and suspended")
    func state() throws {
        let lines = try played { me, journal in
            let name = ServerName<Told>("told")
            let machine = try await Told.start(name: name) { Told(journal, onEnter: { _, _, _ in .stay }) }
            machine.tell("go") { told, _ in
                told.count = 3
                return .next(.busy)
            }
            let (state, data) = try await SystemControl.state(of: machine)
            journal.note("\(state) \(data.count)")
            journal.note("\(try await SystemControl.state(of: name, timeout: nil) { "\($0) \($1.count)" })")
            try await SystemControl.suspend(machine)
            journal.note("\(try await SystemControl.state(of: name, timeout: .seconds(1)).state)")
        }
        #expect(lines == ["enter idle from idle", "idle: cast go", "enter busy from idle", "busy 3", "busy 3", "busy"])
    }

    @Test("state and data can be replaced from outside; what throws changes nothing; nothing is entered or retried")
    func replaceState() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, onEnter: { _, _, _ in .stay }) }
            machine.tell("later") { _, state in state == .idle ? .postpone : .keep }
            try await SystemControl.replaceState(of: machine) { state, told in
                state = .done
                told.count = 9
            }
            do {
                try await SystemControl.replaceState(of: machine) { state, told in
                    state = .idle
                    throw Broken()
                }
            } catch { journal.note("refused") }
            journal.note("\(try await SystemControl.state(of: machine) { "\($0) \($1.count)" })")
            machine.tell("go") { _, _ in .next(.busy) }
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast later", "refused", "done 9", "done: cast go",
                "enter busy from done",
                "busy: cast later",
            ])
    }

    @Test("other functions take over a running machine, its state and data converted; what throws changes nothing")
    func changeCode() throws {
        let lines = try played { me, journal in
            let name = ServerName<Told>("told")
            let machine = try await Told.start(name: name) { Told(journal, onEnter: { _, _, _ in .stay }) }
            machine.tell("later") { _, state in state == .idle ? .postpone : .keep }
            await journal.note {
                try await SystemControl.changeCode(of: machine, to: Curt.self) { state, told in
                    told.count = 100
                    throw Broken("not yet")
                }
            }
            journal.note("\(try await SystemControl.machineStatus(of: machine).role ?? "itself")")
            try await SystemControl.suspend(machine)
            machine.tell("waits")
            try await SystemControl.changeCode(of: name, to: Curt.self) { state, told in
                state = .busy
                told.count += 7
            }
            try await SystemControl.resume(machine)
            journal.note(try await machine.ask("how many?"))
            let status = try await SystemControl.machineStatus(of: machine)
            journal.note(
                "\(name.pid == machine.pid) \(status.state) \(status.role ?? "itself") \(status.postponed.count)")
            try await SystemControl.changeCode(of: machine, to: Curt.self)
            machine.sendExit(.reason(.shutdown))
            _ = await machine.waitForEnd()
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast later",
                "threw the function threw not yet; the process goes on as before", "itself", "curtly busy", "7",
                "true busy Curt 1",
            ])
    }

    /// Counts and nothing else.
    private enum Curt: MachineRole {
        static func handleEvent(
            _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
        ) -> MachineTransition<Told> {
            if case .call(.ask(_, let reply, _)) = event { return reply("\(told.count)") }
            told.journal.note("curtly \(state)")
            return .keep
        }
    }

    @Test("SM-089 the status shows what formatStatus made of it, under names of all kinds", arguments: 0..<3)
    func status(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Told.self)[kind]
            try await Told.start(name: name) { Told(journal) }
            let status = try await SystemControl.status(of: name)
            journal.note("\(status.kind) \(status.names.count) \(status.state ?? "-") \(status.runState)")
        }
        #expect(lines == ["Told 1 idle; count 0 running"])
    }

    @Test("messages and answers of a machine are counted while that is asked for")
    func statistics() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            try await SystemControl.startStatistics(of: machine)
            machine.tell("a") { _, _ in .keep(.insert("not a message"), .stateTimeout(.zero, .say("nor this"))) }
            _ = try await machine.state()
            let counted = try await SystemControl.statistics(of: machine)
            journal.note("\(counted?.received ?? -1) \(counted?.sent ?? -1)")
        }
        #expect(lines.last == "2 1")
    }

    @Test("a machine gives its buffers back when asked, if nothing of its own is left, and after a silence")
    func hibernates() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start(options: ServerOptions(hibernateAfter: .seconds(5))) { Told(journal) }
            machine.tell("sleep") { _, _ in .keep(.hibernate) }
            machine.tell("not yet") { _, _ in .keep(.hibernate, .insert("something to do")) }
            journal.note("\(try await SystemControl.status(of: machine).hibernations)")
            try await me.sleep(for: .seconds(10))
            journal.note("\(try await SystemControl.status(of: machine).hibernations)")
            await journal.note { try await machine.state() }
        }
        #expect(
            lines == ["idle: cast sleep", "idle: cast not yet", "idle: internal something to do", "1", "2", "idle"])
    }

    @Test(
        "a machine may begin by sleeping, and one whose timeouts are due when it is resumed handles them in their order"
    )
    func sleepsAtFirst() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, first: [.hibernate]) }
            journal.note("\(try await SystemControl.status(of: machine).hibernations)")
            machine.tell("set") { _, _ in
                .keep(
                    .eventTimeout(.seconds(2), .say("event")), .timeout(.seconds(1), .say("one"), name: .one),
                    .stateTimeout(.seconds(3), .say("state")))
            }
            try await SystemControl.suspend(machine)
            try await me.sleep(for: .seconds(10))
            machine.tell("late")
            try await SystemControl.resume(machine)
            try await me.sleep(for: .seconds(1))
        }
        // The first of them is an event: the event timeout is void.
        #expect(lines == ["1", "idle: cast set", "idle: timeout one", "idle: timeout state", "idle: cast late"])
    }

    @Test("an exit of the parent ends a trapping machine, one of others is an event; both leave by terminate")
    func exits() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { its in
                its.trapExits { .exit($0) }
                return Told(journal)
            }
            let other = me.spawnLink { its in
                its.sendExit(.reason(.error(Broken("other"))), to: machine.pid)
            }
            _ = await other.waitForEnd()
            _ = try await machine.state()
            me.sendExit(.shutdown, to: machine.pid)
            journal.note(try await me.next() + ", " + (try await me.next()))
        }
        #expect(
            lines == [
                "idle: exit (error: other)", "terminate (shutdown) in idle", "EXIT (normal), EXIT (shutdown)",
            ])
    }

    @Test("a kill ends a machine at once: no terminate, callers of kept and postponed calls are told")
    func kill() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let asked: RequestID<String> = machine.sendRequest { .ask("wait", $0) { _, _, _ in .postpone } }
            _ = try await machine.state()
            machine.sendExit(.kill)
            journal.note(SceneLog.short(try await asked.wait()))
        }
        #expect(lines == ["idle: call wait", "exited (killed)"])
    }

    @Test("the state of a suspended machine can be replaced, by name")
    func replacedWhileSuspended() throws {
        let lines = try played { me, journal in
            let name = ServerName<Told>("told")
            try await Told.start(name: name) { Told(journal) }
            try await SystemControl.suspend(name)
            journal.note(
                try await SystemControl.replaceState(of: name, timeout: .seconds(5)) { state, told in
                    state = .number(-1)
                    told.count = 4
                    return "\(state) \(told.count)"
                })
            try await SystemControl.resume(name)
            journal.note("\(try await name.state())")
        }
        #expect(lines == ["number(-1) 4", "number(-1)"])
    }
}
