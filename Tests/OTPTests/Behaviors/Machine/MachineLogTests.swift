import OTP
import OTPTestKit
import Testing

/// What logs, traces and reports tell of a machine, and what it can keep to itself.
@Suite struct MachineLogTests {
    @Test("the log says in which state each event came and what became of it: postponed, inserted, answered, handled")
    func story() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            try await SystemControl.startLog(of: machine, keeping: 100)
            machine.tell("later") { _, state in state == .idle ? .keep(.postpone) : .keep }
            machine.tell("go") { _, _ in .next(.busy, .insert("first")) }
            machine.tell("zero") { _, _ in .keep(.timeout(.zero, .say("now"), name: .one)) }
            _ = try await machine.state()
            for event in try await SystemControl.log(of: machine) ?? [] {
                journal.note("LOG \(SystemEvent(event.kind, event.text, state: event.state))")
            }
        }
        #expect(
            lines.filter { $0.hasPrefix("LOG ") }.map { $0.dropFirst(4) } == [
                "got cast tell(later) in state idle", "postponed cast tell(later), new state idle; count 0",
                "got cast tell(go) in state idle", "entered state busy", "inserted internal tell(first)",
                "goes on, new state busy; count 0", "got internal tell(first) in state busy",
                "goes on, new state busy; count 0", "got cast tell(later) in state busy",
                "goes on, new state busy; count 0", "got cast tell(zero) in state busy",
                #"started timeout one after 0.0 seconds: timeout say("now") in state busy"#,
                "goes on, new state busy; count 0", "got timeout say(\"now\") in state busy",
                "goes on, new state busy; count 0", "got call state(→State) in state busy",
                "sent busy, new state busy; count 0",
            ])
    }

    @Test("whoever watches a machine is told which states it enters, which timeouts it sets, and of its end")
    func watched() throws {
        let lines = try played { me, journal in
            let sink = EventSink { journal.note("\($0.drop { $0 != " " }.dropFirst())") }
            let options = ServerOptions(debug: [.trace(to: sink)])
            let machine = try await Told.start(name: "told", options: options) {
                Told(
                    journal, first: [.timeout(.seconds(30), .say("first"), name: .one)],
                    onEnter: { _, state, _ in
                        state == .busy ? .stay(.stateTimeout(at: .seconds(99), .say("late"))) : .stay
                    })
            }
            machine.tell("go") { _, _ in .next(.busy, .eventTimeout(.seconds(9), .say("silent"))) }
            try await machine.stop(reason: .shutdown)
        }
        #expect(
            lines.filter { !$0.hasPrefix("enter ") && !$0.hasPrefix("idle: ") } == [
                "told entered state idle",
                #"told started timeout one after 30.0 seconds: timeout say("first") in state idle"#,
                "told got cast tell(go) in state idle", "told entered state busy",
                #"told started event timeout after 9.0 seconds: timeout say("silent") in state busy"#,
                #"told started state timeout at 99.0 seconds: timeout say("late") in state busy"#,
                "told goes on, new state busy; count 0", "told terminates: shutdown in state busy",
                "terminate (shutdown) in busy",
            ])
    }

    @Test(
        "the log says when a role takes over, when the machine does again, and which event did not belong in its state")
    func roles() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            try await SystemControl.install("kinds", in: machine) { event in
                journal.note("\(event.kind) \(event.text)")
                return .keep
            }
            machine.tell("go") { _, _ in .keep(.become(Refusing.self)) }
            machine.tell("odd")
            await journal.note { try await machine.ask("odd, too") }
            machine.send(.tell(Told.Order("back")))
            _ = try await SystemControl.status(of: machine)
        }
        #expect(
            lines.filter { !$0.hasPrefix("idle: ") } == [
                "received cast tell(go)", "changedRole Refusing", "handled ", "received cast tell(odd)",
                "unexpected cast tell(odd)", "received call ask(\"odd, too\", →String, (Function))",
                "unexpected call ask(\"odd, too\", →String, (Function))", "unexpected(state: \"idle\")",
                "received info tell(back)", "changedRole Told", "handled ",
            ])
    }

    @Test("a watched machine that stops tells its last answers before its terminate, whoever asked for the stop")
    func lastAnswers() throws {
        for isEntry in [false, true] {
            let lines = try played { me, journal in
                let machine = try await Told.start {
                    Told(
                        journal,
                        onEnter: { told, state, _ in
                            state == .busy ? .stop(.shutdown, .reply(told.kept.removeLast(), "bye")) : .stay
                        })
                }
                try await SystemControl.install("all", in: machine) { event in
                    journal.note("\(event.kind) \(event.kind == .sent ? event.text : "")")
                    return .keep
                }
                await journal.note {
                    try await machine.ask("end") { told, _, reply in
                        if !isEntry { return .stop(.shutdown, .reply(reply, "bye")) }
                        told.kept = [reply]
                        return .next(.busy)
                    }
                }
                _ = await machine.waitForEnd()
            }
            #expect(
                lines.filter { !$0.hasPrefix("enter ") && $0 != "bye" } == [
                    "received ", "idle: call end", "sent bye", "terminating ",
                    "terminate (shutdown) in \(isEntry ? "busy" : "idle")",
                ])
        }
    }

    @Test("the crash report of a machine has the answers of its last transition among its events; a throw has none")
    func crashLog() throws {
        for (how, expected) in [(true, ["received", "sent bye"]), (false, ["received"])] {
            let lines = try played { me, journal in
                me.node.onReport { report in
                    guard case .crash(let crash) = report else { return }
                    for event in crash.log { journal.note("\(event.kind)\(event.kind == .sent ? " bye" : "")") }
                }
                let machine = try await Told.start(options: ServerOptions(debug: [.log()])) { Told(journal) }
                _ = try? await machine.ask("end") { _, _, reply in
                    if how { return .stop(.error(Broken()), .reply(reply, "bye")) }
                    throw Broken()
                }
                _ = await machine.waitForEnd()
            }
            #expect(lines.filter { $0.hasPrefix("received") || $0.hasPrefix("sent") } == expected)
        }
    }

    @Test("a machine, synchronous or not, can hide its answers in its log, in traces and in its crash report")
    func answersHidden() throws {
        func look<Safe: Vault>(at type: Safe.Type) throws -> [String] {
            try played { me, journal in
                me.node.onReport { if case .crash(let crash) = $0 { journal.note("\(crash)") } }
                let vault = try await Safe.start(options: ServerOptions(debug: [.log()])) { Safe() }
                try await SystemControl.startTrace(of: vault, to: EventSink { journal.note($0) })
                _ = try await vault.call { .token($0) }
                for event in try await SystemControl.log(of: vault) ?? [] { journal.note("\(event)") }
                _ = try? await vault.call { .fail($0) }
                _ = await vault.waitForEnd()
            }
        }
        for lines in [try look(at: SlowVault.self), try look(at: QuickVault.self)] {
            #expect(lines.filter { $0.contains("sent an answer") }.count == 3)
            #expect(!lines.contains { $0.contains("s3cret") })
        }
    }

    @Test("the report of a machine in whose role a handler failed names the role, printed in either form")
    func roleInReport() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("\(crash.role ?? "none") \(crash.description.contains("; role: Failing;"))")
                journal.note("\(crash.formatted(ReportFormat()).contains("role: Failing\n"))")
            }
            let machine = try await Told.start { Told(journal) }
            machine.tell("go") { _, _ in .keep(.become(Failing.self)) }
            machine.tell("x")
            _ = await machine.waitForEnd()
            let other = try await Told.start { Told(journal) }
            other.tell("fail") { _, _ in throw Broken() }
            _ = await other.waitForEnd()
        }
        #expect(
            lines.filter { $0.hasSuffix("true") || $0.hasSuffix("false") } == [
                "Failing true", "true", "none false", "false",
            ])
    }

    @Test("a state that formatStatus hides is hidden where an event is refused: in the report and in the call's error")
    func refusedState() throws {
        let lines = try played { me, journal in
            me.node.onReport {
                if case .other(let report) = $0 { journal.note("\(report) \(report.metadata["otp.state"]!)") }
            }
            let machine = try await Session.start { Session() }
            machine.cast(.begin)
            machine.cast(.odd)
            await journal.note { try await machine.call { .odd($0) } }
        }
        #expect(lines.count == 2 && lines[0].hasSuffix("does not belong in state asking asking"))
        #expect(lines.last == #"unexpected(state: "asking")"#)
    }

    @Test("of a machine whose formatStatus throws, that alone is shown: status, log, refused event, crash report")
    func failingFormat() throws {
        let lines = try played { me, journal in
            me.node.onReport {
                switch $0 {
                case .other(let report): journal.note("\(report) \(report.metadata["otp.state"]!)")
                case .crash(let crash):
                    journal.note("CRASH \(crash)")
                    journal.note("\(crash.state ?? "none") \(crash.lastMessage ?? "none") \(crash.queued)")
                    journal.note("\(crash.postponed) \(crash.timeouts)")
                default: break
                }
            }
            let session = try await Careless.start(options: ServerOptions(debug: [.log()])) { Careless() }
            session.cast(.begin(token: "s3cret"))
            session.cast(.keep(token: "s3cret"))
            session.cast(.odd)
            await journal.note { try await session.call { .odd($0) } }
            let status = try await SystemControl.machineStatus(of: session)
            journal.note("\(status.state) / \(status.data) \(status.queue) \(status.postponed) \(status.timeouts)")
            journal.note("\(try await SystemControl.status(of: session).state ?? "none")")
            for event in try await SystemControl.log(of: session) ?? [] { journal.note("LOG \(event.state ?? "none")") }
            session.cast(.fail)
            _ = await session.waitForEnd()
        }
        let threw = "Careless.formatStatus threw broken"
        #expect(!lines.contains { $0.contains("s3cret") })
        #expect(lines.first?.hasSuffix("does not belong in state \(threw) \(threw)") == true)
        let log = lines.filter { $0.hasPrefix("LOG ") }
        #expect(log.count == 10 && log.allSatisfy { $0 == "LOG \(threw)" })
        #expect(
            lines.dropFirst().filter { !$0.hasPrefix("LOG ") && !$0.hasPrefix("CRASH ") } == [
                #"unexpected(state: "\#(threw)")"#, "\(threw) / \(threw) [] [] []", threw, "\(threw) none []", "[] []",
            ])
    }

    @Test("what a watched machine answers in its terminate stands in its log and in its crash report, before its end")
    func answersOfTerminate() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("report")
                for event in crash.log where event.kind == .sent { journal.note("logged \(event.text)") }
            }
            let last = try await Last.start(options: ServerOptions(debug: [.log()])) { Last() }
            try await SystemControl.install("answers", in: last) { event in
                if event.kind == .sent { journal.note("sent \(event.text)") }
                return .keep
            }
            let asked: RequestID<String> = last.sendRequest { .wait($0) }
            last.cast(.fail)
            journal.note(SceneLog.short(try await asked.wait()))
            _ = await last.waitForEnd()
        }
        #expect(lines.filter { $0 != "reply bye" } == ["sent bye", "report", "logged bye"])
        #expect(lines.contains("reply bye"))
    }

    @Test("the log tells what a machine inserts in its start, and a role that it takes there")
    func insertedInStart() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start(options: ServerOptions(debug: [.log(keeping: 100)])) {
                Told(journal, first: [.insert("first"), .insert("second"), .become(Curious.self)])
            }
            _ = try await SystemControl.status(of: machine)
            for event in try await SystemControl.log(of: machine) ?? [] {
                journal.note("\(event.kind) \(event.text)")
            }
        }
        #expect(
            lines == [
                "entered ", "inserted internal tell(first)", "inserted internal tell(second)", "changedRole Curious",
                "received internal tell(first)", "handled ", "received internal tell(second)", "handled ",
            ])
    }
}

/// Does not know what may be shown of it.
private struct Careless: GenStateMachine {
    enum State: Equatable, Sendable { case idle, asking(token: String) }
    enum Cast: Sendable { case begin(token: String), keep(token: String), odd, fail }
    enum Call: Sendable { case odd(Reply<Int>) }
    enum Timeout: Hashable, Sendable { case forget(token: String) }

    let initialState = State.idle
    var token = ""

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch event {
        case .cast(.begin(let token)):
            self.token = token
            return .next(.asking(token: token), .stateTimeout(.seconds(60), .forget(token: token)))
        case .cast(.keep): return .postpone
        case .cast(.fail): throw Broken()
        case .cast(.odd), .call: return .unexpected
        case .timeout: return .keep
        }
    }
    func formatStatus(_ status: inout MachineStatus, in state: State) throws { throw Broken() }
    static func formatEvent(_ event: SystemEvent) -> SystemEvent {
        var event = event
        event.text = ""
        return event
    }
}

/// Answers when it ends.
private struct Last: GenStateMachine {
    enum State: Sendable { case on }
    enum Call: Sendable { case wait(Reply<String>) }
    enum Cast: Sendable { case fail }

    let initialState = State.on
    var kept: [Reply<String>] = []

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch event {
        case .call(.wait(let reply)):
            kept.append(reply)
            return .keep
        case .cast: throw Broken()
        }
    }
    mutating func terminate(reason: ExitReason, in state: State, _ me: Me) {
        while let reply = kept.popLast() { reply("bye") }
    }
}

private enum Curious: MachineRole {
    static func handleEvent(
        _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
    ) -> MachineTransition<Told> { .keep }
}

/// Has a state that nobody is to see.
private struct Session: GenStateMachine {
    enum State: Equatable, Sendable { case idle, asking(token: String) }
    enum Cast: Sendable { case begin, odd }
    enum Call: Sendable { case odd(Reply<Int>) }

    let initialState = State.idle

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .cast(.begin): .next(.asking(token: "s3cret"))
        case .cast(.odd), .call: .unexpected
        }
    }
    func formatStatus(_ status: inout MachineStatus, in state: State) { status.state = "asking" }
}

/// Answers with what nobody else is to see.
private protocol Vault: GenStateMachine where Call == VaultCall {
    init()
}

private enum VaultCall: Sendable { case token(Reply<String>), fail(Reply<String>) }

extension Vault {
    static func formatEvent(_ event: SystemEvent) -> SystemEvent {
        var event = event
        if event.kind == .sent { event.text = "an answer" }
        return event
    }
}

private struct SlowVault: Vault {
    typealias Call = VaultCall
    enum State: Sendable { case on }
    let initialState = State.on

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async throws -> Transition {
        switch event {
        case .call(.token(let reply)): return reply("s3cret")
        case .call(.fail): throw Broken()
        }
    }
}

private struct QuickVault: Vault, SynchronousGenStateMachine {
    typealias Call = VaultCall
    enum State: Sendable { case on }
    let initialState = State.on

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch event {
        case .call(.token(let reply)): return reply("s3cret")
        case .call(.fail): throw Broken()
        }
    }
}

private enum Failing: MachineRole {
    static func handleEvent(
        _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
    ) throws -> MachineTransition<Told> { throw Broken() }
}

private enum Refusing: MachineRole {
    static func handleEvent(
        _ event: MachineEvent<Told>, in state: Told.State, _ told: inout Told, _ me: Told.Me
    ) -> MachineTransition<Told> {
        if case .info = event { .keep(.becomeItself) } else { .unexpected }
    }
}
