import OTP
import OTPTestKit
import Testing

@Suite struct DebugFunctionTests {
    @Test("SP-010 an installed function gets every event, and what it leaves in its state is there at the next")
    func install() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "debugged") { Subject(journal) }
            try await SystemControl.install("count", in: server, state: 0) { count, event in
                count += 1
                journal.note("\(count) \(event.kind) \(event.text)")
                return .keep
            }
            await journal.note { try await server.call { .ping($0) } }
            server.cast(.note("hello"))
            _ = try await SystemControl.status(of: server)
        }
        #expect(
            lines == [
                "1 received call ping(→String)", "2 sent pong", "pong", "3 received cast note(\"hello\")",
                "cast hello", "4 handled ",
            ])
    }

    @Test("SP-011 the end of debugging removes every installed function")
    func stopDebugging() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for id: DebugID in ["a", "b"] {
                try await SystemControl.install(id, in: server) { _ in
                    journal.note("\(id)")
                    return .keep
                }
            }
            try await SystemControl.stopDebugging(server)
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["pong"])
    }

    @Test("SP-012 to install a function twice from one place, without ids, is to install it once")
    func twiceWithoutID() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for _ in 0..<2 {
                let isNew = try await SystemControl.install(in: server) { event in
                    journal.note("\(event.kind)")
                    return .keep
                }
                journal.note("\(isNew)")
            }
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["true", "false", "received", "sent", "pong"])
    }

    @Test("SP-013 a function that was installed without an id is removed by the one that the status shows; others stay")
    func removeWithoutID() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.install(in: server) { event in
                if event.kind == .received { journal.note("first") }
                return .keep
            }
            try await SystemControl.install("other", in: server) { event in
                if event.kind == .received { journal.note("other") }
                return .keep
            }
            await journal.note { try await server.call { .ping($0) } }
            let id = try #require(try await SystemControl.status(of: server).debugFunctions.first)
            journal.note("\(try await SystemControl.remove(id, from: server))")
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["first", "other", "pong", "true", "other", "pong"])
    }

    @Test("SP-014 an id that is in use changes nothing, another id is another installation; each is removed by its own")
    func ids() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for (id, name): (DebugID, String) in [("x", "first"), ("x", "second"), ("y", "third")] {
                let isNew = try await SystemControl.install(id, in: server) { event in
                    if event.kind == .received { journal.note(name) }
                    return .keep
                }
                journal.note("\(isNew)")
            }
            await journal.note { try await server.call { .ping($0) } }
            journal.note("\(try await SystemControl.remove("x", from: server))")
            journal.note("\(try await SystemControl.remove("x", from: server))")
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(
            lines == ["true", "false", "true", "first", "third", "pong", "true", "false", "third", "pong"])
    }

    @Test("a function that is done, that throws or has had its number of events is removed; the server does not notice")
    func limits() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.install("done", in: server) { _ in .done }
            try await SystemControl.install("throws", in: server) { _ in throw Broken("debug") }
            try await SystemControl.install("three", in: server, limit: 3) { _ in .keep }
            for _ in 0..<2 {
                await journal.note { try await server.call { .ping($0) } }
                journal.note("\(try await SystemControl.status(of: server).debugFunctions)")
            }
        }
        #expect(lines == ["pong", "[three]", "pong", "[]"])
    }

    @Test("a function that is installed while the server is suspended sees what comes after the resume")
    func whileSuspended() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.suspend(server)
            server.cast(.note("waits"))
            try await SystemControl.install("late", in: server) { event in
                journal.note("\(event.kind)")
                return .keep
            }
            try await SystemControl.resume(server)
            _ = try await SystemControl.status(of: server)
        }
        #expect(lines == ["received", "cast waits", "handled"])
    }

    @Test("when nothing is installed any more, a synchronous server runs on its callers' threads again")
    func ordinaryAgain() throws {
        let lines = try played { me, journal in
            let quick = try await Quick.start { Quick() }
            try await SystemControl.startTrace(of: quick, to: EventSink { journal.note($0) }, limit: 1)
            for _ in 0..<3 { _ = try await quick.call { .add(1, $0) } }
            journal.note("\(try await SystemControl.log(of: quick) == nil)")
        }
        #expect(lines.count == 2 && lines[0].contains("got call add(1, →Int)") && lines[1] == "true")
    }

    @Test("GS-134 a server's own formatting is shown in the status: state and events")
    func formatStatus() throws {
        let status = try VirtualNode().run { me in
            let server = try await Secretive.start(options: ServerOptions(debug: [.log(keeping: 10)])) { Secretive() }
            _ = try await server.call { .login(password: "sesame", $0) }
            return try await SystemControl.status(of: server)
        }
        #expect(status.state == "hidden")
        #expect(status.log.map(\.text) == ["login", "answer hidden"])
        #expect(status.log.map(\.state) == [nil, "hidden"])
    }

    @Test("GS-135 a crash report shows message, state, reason and events as the server formats them, in their order")
    func formatCrash() throws {
        let virtual = VirtualNode()
        let reports = Locked<[CrashReport]>([])
        virtual.node.onReport { report in
            if case .crash(let crash) = report { reports.with { $0.append(crash) } }
        }
        try virtual.run { me in
            let server = try await Secretive.start(options: ServerOptions(debug: [.log(keeping: 10)])) { Secretive() }
            _ = try await server.call { .login(password: "sesame", $0) }
            server.cast(.remember("sesame"))
            server.cast(.wait)
            try await me.sleep(for: .seconds(2))
            server.cast(.fail("sesame"))
            _ = await server.waitForEnd(timeout: .seconds(5))
        }
        let report = try #require(reports.with { $0 }.first)
        #expect(
            report.lastMessage == "fail" && report.state == "hidden at the end" && "\(report.reason)" == "error: hidden"
        )
        #expect(
            report.log.map { "\($0.kind) \($0.text) \($0.state ?? "")" } == [
                "received login ", "sent answer hidden hidden", "received remember ", "handled  hidden",
                "received wait ", "handled  hidden", "received overdue ", "handled  hidden", "received fail ",
            ])
        #expect(!report.description.contains("sesame"))
    }

    @Test("a snapshot shows waiting messages as the server formats them")
    func snapshot() throws {
        let texts = try VirtualNode().run { me in
            let server = try await Secretive.start { Secretive() }
            try await SystemControl.suspend(server)
            server.cast(.remember("sesame"))
            server.cast(.fail("sesame"))
            try await me.sleep(for: .milliseconds(1))
            return me.context.node.snapshot(of: server.pid)?.messages ?? []
        }
        #expect(texts == ["remember", "fail"])
    }
}

/// Shows nothing of what it knows.
private struct Secretive: GenServer {
    enum Call: Sendable { case login(password: String, Reply<String>) }
    enum Cast: Sendable { case remember(String), wait, fail(String) }
    enum Info: Sendable { case overdue }
    private var secrets: [String] = []

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .login(let password, let reply):
            secrets.append(password)
            return reply("welcome \(password)")
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .remember(let secret): secrets.append(secret)
        case .wait: return .receive(within: .seconds(1), else: .overdue)
        case .fail(let secret): throw Broken(secret)
        }
        return .receive
    }
    func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }

    func formatStatus(_ status: StatusContext) -> String {
        switch status {
        case .snapshot: "hidden"
        case .termination: "hidden at the end"
        }
    }
    static func formatMessage(_ message: ServerMessage<Secretive>) -> String {
        switch message {
        case .call(.login): "login"
        case .cast(.remember): "remember"
        case .cast(.wait): "wait"
        case .cast(.fail): "fail"
        case .info(.overdue): "overdue"
        }
    }
    static func formatReason(_ reason: ExitReason) -> ExitReason {
        if case .error = reason { .error(Broken("hidden")) } else { reason }
    }
    static func formatEvent(_ event: SystemEvent) -> SystemEvent {
        var event = event
        if event.kind == .sent { event.text = "answer hidden" }
        return event
    }
}
