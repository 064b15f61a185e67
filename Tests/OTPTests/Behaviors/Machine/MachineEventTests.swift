import OTP
import OTPTestKit
import Testing

@Suite struct MachineEventTests {
    @Test("SM-021 events of one sender are handled in their order: a call sees what the cast before it did")
    func order() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            for state in [Told.State.busy, .number(7), .done] {
                machine.tell("go") { _, _ in .next(state) }
                journal.note("\(try await machine.state())")
            }
        }
        #expect(lines == ["idle: cast go", "busy", "busy: cast go", "number(7)", "number(7): cast go", "done"])
    }

    @Test("SM-022 SM-060 postponed events come again after the next change of state, in their order, before newer ones")
    func postponed() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            machine.tell("one") { _, state in state == .busy ? .keep : .postpone }
            machine.tell("two") { _, state in state == .idle ? .keep(.postpone) : .keep }
            machine.tell("stay") { _, _ in .next(.idle) }
            machine.tell("again") { _, _ in .repeat }
            machine.tell("go") { _, _ in .next(.busy) }
            machine.tell("newer")
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "idle: cast one", "idle: cast two", "idle: cast stay", "idle: cast again", "idle: cast go",
                "busy: cast one", "busy: cast two", "busy: cast newer",
            ])
    }

    @Test("an event may be postponed again and again, until a state takes it; its caller waits so long")
    func postponedTwice() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let asked: RequestID<String> = machine.sendRequest {
                .ask("wait", $0) { _, state, reply in state == .done ? reply("at last") : .postpone }
            }
            machine.tell("go") { _, _ in .next(.busy) }
            machine.tell("go") { _, _ in .next(.done) }
            journal.note(SceneLog.short(try await asked.wait()))
        }
        #expect(
            lines == [
                "idle: call wait", "idle: cast go", "busy: call wait", "busy: cast go", "done: call wait",
                "reply at last",
            ])
    }

    @Test("SM-059 SM-064 inserted events are handled in their order, before retried and waiting ones")
    func inserted() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            machine.tell("later") { _, state in state == .idle ? .postpone : .keep }
            machine.tell("go") { _, _ in
                .next(
                    .busy, .insert("a") { _, _ in .keep(.insert("a1"), .insert("a2")) }, .insert("b"), .insert("c"))
            }
            machine.tell("waiting")
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "idle: cast later", "idle: cast go", "busy: internal a", "busy: internal a1", "busy: internal a2",
                "busy: internal b", "busy: internal c", "busy: cast later", "busy: cast waiting",
            ])
    }

    @Test("SM-061 an event timeout of zero is cancelled by an inserted or a retried event and never comes")
    func zeroEventTimeout() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            machine.tell("insert") { _, _ in .keep(.eventTimeout(.zero, .say("never")), .insert("a")) }
            machine.tell("later") { _, state in state == .idle ? .postpone : .keep }
            machine.tell("go") { _, _ in .next(.busy, .eventTimeout(.zero, .say("never"))) }
            machine.tell("alone") { _, _ in .keep(.eventTimeout(.zero, .say("comes"))) }
            machine.tell("last")
            try await me.sleep(for: .seconds(1))
        }
        #expect(
            lines == [
                "idle: cast insert", "idle: internal a", "idle: cast later", "idle: cast go", "busy: cast later",
                "busy: cast alone", "busy: timeout comes", "busy: cast last",
            ])
    }

    @Test("SM-062 replies gathered over several events are given in the order of the list")
    func gatheredReplies() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let requests = RequestCollection<Int, String>()
            for label in 1...3 {
                requests.send(to: machine, label: label) {
                    .ask("keep", $0) { told, _, reply in
                        told.kept.append(reply)
                        return .keep
                    }
                }
            }
            machine.tell("answer") { told, _ in
                .keep(actions: told.kept.reversed().map { .reply($0, "now") })
            }
            for _ in 1...3 {
                if case .response(_, let label) = try await requests.receive() { journal.note("\(label)") }
            }
        }
        #expect(Array(lines.suffix(3)) == ["3", "2", "1"])
    }

    @Test("SM-065 an event of any kind can be inserted, and comes as what it is")
    func everyKind() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let answer = try await machine.ask("start") { _, _, reply in
                .keep(
                    .insert("inner"), .insert(event: .timeout(.say("inserted"))),
                    .insert(event: .info(.tell(.init("inner")))), .insert(event: .cast(.tell(.init("inner")))),
                    .insert(event: .call(.ask("inner", reply) { _, _, reply in reply("from the inserted call") })))
            }
            journal.note(answer)
        }
        #expect(
            lines == [
                "idle: call start", "idle: internal inner", "idle: timeout inserted", "idle: info inner",
                "idle: cast inner", "idle: call inner", "from the inserted call",
            ])
    }

    @Test("SM-067 SM-042 a call that was put back can be answered later, from another state")
    func answeredLater() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let asked: RequestID<String> = machine.sendRequest {
                .ask("outer", $0) { _, _, reply in
                    .keep(
                        .insert(
                            event: .call(
                                .ask("inner", reply) { told, _, reply in
                                    told.kept.append(reply)
                                    return .keep
                                })))
                }
            }
            machine.tell("go") { _, _ in .next(.busy) }
            machine.tell("answer") { told, _ in .keep(.reply(told.kept[0], "from busy")) }
            journal.note(SceneLog.short(try await asked.wait()))
        }
        #expect(
            lines == [
                "idle: call outer", "idle: call inner", "idle: cast go", "busy: cast answer", "reply from busy",
            ])
    }

    @Test("an event that does not belong: its caller is told the state, a cast is reported, the machine goes on")
    func unexpected() throws {
        let lines = try played { me, journal in
            me.node.onReport {
                if case .other(let report) = $0 { journal.note("\(type(of: report)): \(report.logLevel)") }
            }
            let machine = try await Told.start { Told(journal, in: .number(3)) }
            await journal.note { try await machine.ask("no") { _, _, _ in .unexpected } }
            machine.tell("no") { _, _ in .unexpected }
            let status = try await SystemControl.machineStatus(of: machine)
            journal.note("\(status.state), \(status.unexpectedCount)")
        }
        #expect(
            lines == [
                "number(3): call no", #"unexpected(state: "number(3)")"#, "number(3): cast no",
                "UnexpectedEventReport: warning", "number(3), 2",
            ])
    }

    @Test("a reply that is dropped fails its call at once; a postponed one does not count as dropped")
    func droppedReply() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            await journal.note { try await machine.call { .drop($0) } }
            await journal.note {
                try await machine.ask("wait", timeout: .seconds(1)) { _, _, _ in .postpone }
            }
        }
        #expect(lines == ["noReply", "idle: call wait", "timeout"])
    }

    @Test("other functions can take over the events, over the same state and data, and give them back")
    func become() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, onEnter: { _, _, _ in .stay }) }
            machine.tell("change") { told, _ in
                told.count = 7
                return .next(.busy, .become(Gruff.self))
            }
            await journal.note { try await machine.ask("gruff?") }
            journal.note("\(try await SystemControl.machineStatus(of: machine).role ?? "itself")")
            machine.tell("back")
            await journal.note { try await machine.ask("itself?") }
            journal.note("\(try await SystemControl.machineStatus(of: machine).role ?? "itself")")
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast change", "gruffly into busy", "no, 7", "Gruff",
                "enter idle from busy", "idle: call itself?", "idle", "itself",
            ])
    }

    /// Refuses everything, whatever the event says, and gives the events back at the first cast.
    private enum Gruff: MachineRole {
        static func handleEvent(
            _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
        ) -> MachineTransition<Told> {
            switch event {
            case .call(.ask(_, let reply, _)): reply("no, \(told.count)")
            case .cast: .next(.idle, .becomeItself)
            default: .unexpected
            }
        }

        static func handleEnter(
            _ state: Told.State, from old: Told.State, _ told: inout Told, _ me: Told.Me
        ) -> MachineEntry<Told> {
            told.journal.note("gruffly into \(state)")
            return .stay
        }
    }
}
