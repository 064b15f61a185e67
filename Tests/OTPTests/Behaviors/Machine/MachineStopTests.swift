import OTP
import OTPTestKit
import Testing

@Suite struct MachineStopTests {
    @Test("SM-029 SM-039 a stop returns when the machine is dead; a second one finds no process")
    func stop() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.stop() }
            journal.note("alive \(machine.isAlive)")
            await journal.note { try await machine.stop() }
        }
        #expect(lines == ["terminate (normal) in idle", "ok", "alive false", "noProcess"])
    }

    @Test("SM-030 SM-101 a stop with a reason and no time limit ends the machine with it")
    func stopWithReason() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.stop(reason: .error(Broken("why")), timeout: nil) }
            journal.note("\(String(describing: await machine.waitForEnd()))")
        }
        #expect(
            lines == [
                "terminate (error: why) in idle", "report Told (error: why)", "ok", "Optional(error: why)",
            ])
    }

    @Test("SM-031 a stop with a time below zero is refused, and the machine lives on")
    func stopWithoutTime() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.stop(timeout: .seconds(-1)) }
            try await me.sleep(for: .seconds(1))
            journal.note("alive \(machine.isAlive)")
        }
        #expect(lines == ["timeout", "alive true"])
    }

    @Test("SM-032 SM-034 SM-035 a stop by name, of any kind; again: no process", arguments: 0..<3)
    func stopByName(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Told.self)[kind]
            try await Told.start(name: name) { Told(journal) }
            await journal.note { try await name.stop() }
            await journal.note { try await name.stop() }
        }
        #expect(lines == ["terminate (normal) in idle", "ok", "noProcess"])
    }

    @Test("SM-040 a machine that stops by shutdown with a detail gives its parent exactly that, and no report")
    func shutdown() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { Told(journal) }
            await journal.note { try await machine.ask("end") { _, _, _ in .stop(.shutdown(detail: "exactly")) } }
            journal.note(try await me.next())
            await journal.note { try await machine.state() }
        }
        #expect(
            lines == [
                "idle: call end", "terminate (shutdown: exactly) in idle", "exited (shutdown: exactly)",
                "EXIT (shutdown: exactly)", "noProcess",
            ])
    }

    @Test("a call that is answered by the machine's stop has its answer; later calls and stops find no process")
    func lastCall() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note {
                try await machine.ask("stop") { _, _, reply in .stop(.shutdown, .reply(reply, "stopped")) }
            }
            await journal.note { try await machine.ask("there you are") }
            await journal.note { try await machine.stop() }
        }
        #expect(lines == ["idle: call stop", "terminate (shutdown) in idle", "stopped", "noProcess", "noProcess"])
    }

    @Test("terminate is that of whoever handles the events at the end: a role's, or the machine's own")
    func terminateOfRole() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            machine.tell("go") { _, _ in .keep(.become(Parting.self)) }
            try await machine.stop(reason: .shutdown)
            let other = try await Told.start { Told(journal) }
            other.tell("go") { _, _ in .keep(.become(Parting.self)) }
            other.tell("back")
            try await other.stop(reason: .shutdown)
        }
        #expect(
            lines == [
                "idle: cast go", "role terminates (shutdown) in idle", "idle: cast go", "terminate (shutdown) in idle",
            ])
    }

    /// Goes back at once, and says how it ends.
    private enum Parting: MachineRole {
        static func handleEvent(
            _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
        ) -> MachineTransition<Told> { .keep(.becomeItself) }
        static func terminate(reason: ExitReason, in state: Told.State, _ told: inout Told, _ me: Told.Me) {
            told.journal.note("role terminates (\(reason)) in \(state)")
        }
    }

    @Test("SM-041 the last transition's answers go out in order, before terminate and before the exit")
    func stopAndReply() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { Told(journal) }
            let requests = RequestCollection<Int, String>()
            for label in 1...3 {
                requests.send(to: machine, label: label) {
                    .ask("keep", $0) { told, _, reply in
                        told.kept.append(reply)
                        return .keep
                    }
                }
            }
            machine.tell("end") { told, _ in
                .stop(.shutdown, replies: told.kept.reversed().map { .reply($0, "bye") })
            }
            for _ in 1...3 {
                if case .response(let result, let label) = try await requests.receive() {
                    journal.note("\(label) \(SceneLog.short(result))")
                }
            }
            journal.note(try await me.next())
        }
        #expect(lines.filter { $0.contains("reply") } == ["3 reply bye", "2 reply bye", "1 reply bye"])
        #expect(lines.last == "EXIT (shutdown)")
    }

    @Test("SM-100 a machine without a terminate of its own ends as it is asked")
    func withoutTerminate() throws {
        let lines = try played { me, journal in
            let lamp = try await Lamp.start { Lamp() }
            await journal.note { try await lamp.stop() }
            let other = try await Lamp.start { Lamp() }
            await journal.note { try await other.stop(reason: .shutdown(detail: "off")) }
        }
        #expect(lines == ["ok", "ok"])
    }

    @Test("SM-102 what terminate throws is the reason that everybody sees")
    func throwingTerminate() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, throwsInTerminate: Broken("in terminate")) }
            await journal.note { try await machine.stop() }
        }
        #expect(
            lines == [
                "terminate (normal) in idle", "report Told (error: in terminate)", "exited (error: in terminate)",
            ])
    }

    @Test("SM-044 SM-045 a call that times out leaves nothing behind: its late answer goes nowhere")
    func lateAnswer() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.call(timeout: .seconds(1)) { .later(.seconds(2), $0) } }
            try await me.sleep(for: .seconds(5))
            journal.note("\(try await me.leftovers())")
            await journal.note { try await machine.state() }
        }
        #expect(lines == ["timeout", "[]", "idle"])
    }

    @Test("SM-090 a handler that throws: caller and link get the error; the report has the event, state and client")
    func crash() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let pid = me.pid
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("\(crash.kind) \(crash.lastMessage ?? "-") | \(crash.state ?? "-") | \(crash.reason)")
                journal.note("client \(crash.client == pid)")
            }
            let machine = try await Told.startLink(me) { Told(journal, in: .number(4)) }
            await journal.note { try await machine.ask("fail") { _, _, _ in throw Broken() } }
            journal.note(try await me.next())
        }
        #expect(lines.first == "number(4): call fail")
        #expect(lines.contains("exited (error: broken)") && lines.last == "EXIT (error: broken)")
        #expect(
            lines.contains {
                $0.hasPrefix("Told call ask(\"fail\", →String") && $0.hasSuffix("number(4); count 0 | error: broken")
            })
        #expect(lines.contains("client true"))
    }

    @Test("SM-091 when terminate throws, the report shows that reason with the state as it may be shown")
    func reportOfTerminate() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("\(crash.reason), \(crash.state ?? "-")")
            }
            let machine = try await Told.start { Told(journal, throwsInTerminate: Exit(.error(Broken("crashed")))) }
            machine.tell("end") { _, _ in .stop }
            _ = await machine.waitForEnd()
        }
        #expect(lines == ["idle: cast end", "terminate (normal) in idle", "error: crashed, idle; count 0"])
    }

    @Test("SM-106 SM-109 the report lists what was queued, postponed and running, and leaves out what is empty")
    func reportLists() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("queued \(crash.queued)")
                journal.note("postponed \(crash.postponed)")
                journal.note("timeouts \(crash.timeouts)")
                journal.note("\(crash.description.contains("postponed: ")) \(crash.description.contains("queued: "))")
            }
            let name = ServerName<Lamp>("lamp")
            let lamp = try await Lamp.start(name: name) { Lamp() }
            lamp.cast(.later)
            lamp.cast(.insertThenFail)
            _ = await lamp.waitForEnd()
            let other = try await Lamp.start { Lamp() }
            other.cast(.fail)
            _ = await other.waitForEnd()
        }
        #expect(
            lines == [
                "queued [\"internal next\"]", "postponed [\"cast later\"]", "timeouts [\"state timeout: fade\"]",
                "true true", "queued []", "postponed []", "timeouts []", "false false",
            ])
    }

    @Test("SM-092 state, data, reason, queue, postponed events, timeouts and log are rewritten, everywhere shown")
    func formatStatus() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                if case .crash(let crash) = report {
                    journal.note("\(crash) \(crash.queued) \(crash.postponed) \(crash.timeouts)")
                }
            }
            let machine = try await Told.start { Told(journal, secret: "s3cret") }
            machine.tell("s3cret") { _, _ in .keep(.postpone, .stateTimeout(.seconds(9), .say("s3cret"))) }
            let status = try await SystemControl.machineStatus(of: machine)
            journal.note("\(status)")
            journal.note("\(try await SystemControl.status(of: machine).state ?? "-")")
            try await SystemControl.startLog(of: machine)
            _ = try await machine.ask("s3cret") { _, _, reply in reply("s3cret") }
            journal.note("\(try await SystemControl.log(of: machine) ?? [])")
            machine.tell("s3cret") { _, _ in throw Broken("s3cret") }
            journal.note("end \(String(describing: await machine.waitForEnd()))")
        }
        let shown = lines.filter { $0.contains("hidden") }
        #expect(
            shown.count == 4
                && shown.allSatisfy { !$0.contains("s3cret") && ($0.contains("***") || $0.hasPrefix("hidden")) })
        // Links and monitors see the real reason.
        #expect(lines.last == "end Optional(error: s3cret)")
    }

    @Test("an answer goes out before what was inserted in the same list is handled, be it the end")
    func answeredThenEnded() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { Told(journal) }
            await journal.note {
                try await machine.ask("end") { _, _, reply in
                    .next(.done, .insert("last") { _, _ in .stop(.shutdown(detail: "bye")) }, .reply(reply, "ok"))
                }
            }
            journal.note(try await me.next())
        }
        #expect(
            lines.filter { $0 != "ok" } == [
                "idle: call end", "done: internal last", "terminate (shutdown: bye) in done", "EXIT (shutdown: bye)",
            ])
        #expect(lines.contains("ok"))
    }

    @Test("a call with a time below zero is refused and not sent")
    func callBelowZero() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.ask("asked", timeout: .seconds(-1)) }
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["timeout"])
    }
}

/// A machine with nothing but its handler.
struct Lamp: GenStateMachine {
    enum State: Sendable { case off, on }
    enum Cast: Sendable { case toggle, later, insertThenFail, fail }
    enum Internal: Sendable { case fail, next }
    enum Timeout: Sendable { case fade }

    let initialState = State.off

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch (state, event) {
        case (.off, .cast(.toggle)): .next(.on)
        case (.on, .cast(.toggle)): .next(.off)
        case (_, .cast(.later)): .keep(.postpone, .stateTimeout(.seconds(5), .fade))
        case (_, .cast(.insertThenFail)): .keep(.insert(.fail), .insert(.next))
        case (_, .cast(.fail)), (_, .internal(.fail)): throw Broken("lamp")
        case (_, .internal(.next)), (_, .timeout(.fade)): .keep
        }
    }
}
