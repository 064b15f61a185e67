import OTP
import OTPTestKit
import Testing

@Suite struct SystemControlTests {
    @Test("GS-136 the state of a server, by reference and by name, while it runs and while it is suspended")
    func state() throws {
        let lines = try played { me, journal in
            let name = ServerName<Tally>("tally")
            let server = try await Tally.start(name: name) { Tally(count: 5) }
            journal.note("\(try await SystemControl.state(of: server).count)")
            journal.note("\(try await SystemControl.state(of: name, timeout: .seconds(1)).count)")
            try await SystemControl.suspend(server)
            journal.note("\(try await SystemControl.state(of: server).count)")
            journal.note("\(try await SystemControl.state(of: name, timeout: nil) { $0.count + 1 })")
        }
        #expect(lines == ["5", "5", "5", "6"])
    }

    @Test(
        "GS-137 the state is replaced by a function of it, also while suspended, and stays so after the resume")
    func replaceState() throws {
        let lines = try played { me, journal in
            let name = ServerName<Tally>("tally")
            let server = try await Tally.start(name: name) { Tally(count: 1) }
            let new = try await SystemControl.replaceState(of: name) { tally in
                tally.count += 1
                return tally.count
            }
            journal.note("\(new) \(try await SystemControl.state(of: server).count)")
            try await SystemControl.suspend(server)
            try await SystemControl.replaceState(of: server, timeout: .seconds(5)) { $0.count = 10 }
            try await SystemControl.resume(server)
            journal.note("\(try await server.call { .count($0) })")
        }
        #expect(lines == ["2 2", "10"])
    }

    @Test("GS-138 SP-018 a change that throws leaves the state as it was, and whoever asked is told")
    func failingChange() throws {
        let lines = try played { me, journal in
            let server = try await Tally.start { Tally(count: 1) }
            do {
                try await SystemControl.replaceState(of: server) { tally in
                    tally.count = 100
                    throw Broken("no")
                }
            } catch { journal.note("\(error)") }
            do { _ = try await SystemControl.state(of: server) { _ -> Int in throw Broken("no look") } } catch {
                journal.note("\(error)")
            }
            journal.note("\(try await server.call { .count($0) })")
        }
        #expect(
            lines == [
                "the function threw no; the process goes on as before",
                "the function threw no look; the process goes on as before", "1",
            ])
    }

    @Test("SP-003 SP-004 statistics count what comes and what is answered, and are gone when switched off")
    func statistics() throws {
        let lines = try played { me, journal in
            let server = try await Tally.start { Tally(count: 0) }
            _ = try await server.call { .count($0) }
            journal.note("\(try await SystemControl.statistics(of: server) == nil)")
            try await SystemControl.startStatistics(of: server)
            try await me.sleep(for: .seconds(2))
            for _ in 0..<3 { server.cast(.add(1)) }
            server.send(.tick)
            journal.note("\(try await server.call { .count($0) })")
            let counted = try await SystemControl.statistics(of: server)
            journal.note("\(counted?.received ?? -1) \(counted?.sent ?? -1) \(counted?.elapsed ?? .zero)")
            journal.note("\(try await SystemControl.status(of: server).statistics == counted)")
            try await SystemControl.stopStatistics(of: server)
            journal.note("\(try await SystemControl.statistics(of: server) == nil)")
            try await SystemControl.startStatistics(of: server)
            journal.note("\(try await SystemControl.statistics(of: server)?.received ?? -1)")
        }
        #expect(lines == ["true", "4", "5 1 2.0 seconds", "true", "true", "0"])
    }

    @Test("a synchronous server is counted as well")
    func statisticsOfSynchronousServer() throws {
        let lines = try played { me, journal in
            let quick = try await Quick.start { Quick() }
            for _ in 0..<3 { _ = try await quick.call { .add(1, $0) } }
            try await SystemControl.startStatistics(of: quick)
            for _ in 0..<5 { _ = try await quick.call { .add(1, $0) } }
            let counted = try await SystemControl.statistics(of: quick)
            journal.note("\(counted?.received ?? -1) \(counted?.sent ?? -1)")
        }
        #expect(lines == ["5 5"])
    }

    @Test("SP-005 the status says who, what, whose child, whether it runs, and shows the state as the server does")
    func status() throws {
        let virtual = VirtualNode()
        let (mine, server, status) = try virtual.run { me in
            let server = try await Subject.startLink(me, name: "shown") { its in
                its.label("of the test")
                return Subject(SceneLog(), secret: "sesame")
            }
            return (me.pid, server.pid, try await SystemControl.status(of: server))
        }
        #expect(status.pid == server && status.kind == "Subject" && status.names == ["shown"])
        #expect(status.label == "of the test" && status.parent == mine && status.runState == .running)
        #expect(status.state == "Subject, secret hidden" && status.mailboxCount == 0)
        #expect(status.statistics == nil && status.hibernations == 0)
    }

    @Test("GS-128 the status shows the state as formatStatus does, by reference, PID and name of any kind")
    func statusByAnyAddress() throws {
        let states = try VirtualNode().run { me in
            var states: [String?] = []
            for name in everyKindOfName(Subject.self) {
                let server = try await Subject.start(name: name) { Subject(SceneLog(), secret: "sesame") }
                states.append(try await SystemControl.status(of: name).state)
                states.append(try await SystemControl.status(of: server).state)
                states.append(try await SystemControl.status(of: server.pid).state)
                try await server.stop()
            }
            return states
        }
        #expect(states == Array(repeating: "Subject, secret hidden", count: 9))
    }

    @Test("GS-131 GS-133 a formatStatus that fails: the status says so, and the server lives on")
    func failingFormat() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal, formatFails: true) }
            journal.note("\(try await SystemControl.status(of: server).state ?? "none")")
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["Subject.formatStatus threw no status", "pong"])
    }

    @Test("SP-007 SP-008 a suspended server handles nothing, but answers the system; twice suspended is suspended")
    func suspend() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.suspend(server)
            try await SystemControl.suspend(server)
            server.cast(.note("while suspended"))
            await journal.note { try await server.call(timeout: .seconds(1)) { .ping($0) } }
            let status = try await SystemControl.status(of: server)
            journal.note("\(status.runState) \(status.mailboxCount)")
            try await SystemControl.resume(server)
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["timeout", "suspended 2", "cast while suspended", "pong"])
    }

    @Test("SP-009 after the resume the server runs and answers; resuming twice is no error")
    func resume() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.suspend(server)
            try await SystemControl.resume(server)
            try await SystemControl.resume(server)
            journal.note("\(try await SystemControl.status(of: server).runState)")
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["running", "pong"])
    }

    @Test("statistics that are begun while they are kept go on as they were")
    func statisticsTwice() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for _ in 0..<2 {
                try await SystemControl.startStatistics(of: server)
                _ = try await server.call { .ping($0) }
            }
            let counted = try await SystemControl.statistics(of: server)
            journal.note("\(counted?.received ?? -1) \(counted?.sent ?? -1)")
        }
        #expect(lines == ["2 2"])
    }

    @Test("a suspended server that an ordinary task has started leaves what is due where it is, too")
    func startedByNobody() async throws {
        let journal = SceneLog()
        let server = try await Subject.start { Subject(journal) }
        try await SystemControl.suspend(server)
        let timer = server.send(.note("due"), every: .milliseconds(1))
        while try await SystemControl.status(of: server).mailboxCount == 0, journal.lines.isEmpty { await Task.yield() }
        #expect(journal.lines == [])
        try await SystemControl.resume(server)
        _ = try await server.call { .ping($0) }
        #expect(journal.lines.first == "info due")
        timer.cancel()
        try await server.stop()
    }

    @Test("messages that came while suspended are handled in their order, timers in the order in which they were due")
    func orderAfterResume() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { its in
                its.send(.note("due second"), after: .seconds(2))
                its.send(.note("due first"), after: .seconds(1))
                return Subject(journal)
            }
            try await SystemControl.suspend(server)
            server.cast(.note("a"))
            server.send(.note("b"))
            try await me.sleep(for: .seconds(5))
            server.cast(.note("c"))
            try await SystemControl.resume(server)
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["cast a", "info b", "info due first", "info due second", "cast c"])
    }

    @Test(
        "while suspended a stop, an exit signal and a kill act", arguments: ["stop", "shutdown", "kill", "terminate"])
    func endsWhileSuspended(how: String) throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.suspend(server)
            switch how {
            case "stop": try await server.stop()
            case "shutdown": server.sendExit(.shutdown)
            case "terminate": try await SystemControl.terminate(server, reason: .shutdown)
            default: server.sendExit(.kill)
            }
            journal.note("\(String(describing: await server.waitForEnd(timeout: .seconds(5))))")
        }
        let expected = [
            "stop": ["terminate (normal)", "Optional(normal)"],
            "shutdown": ["terminate (shutdown)", "Optional(shutdown)"],
            "terminate": ["terminate (shutdown)", "Optional(shutdown)"],
            "kill": ["Optional(killed)"],
        ]
        #expect(lines == expected[how])
    }

    @Test(
        "an idle timeout that is over while the server is suspended fires on its resumption, unless a message has come")
    func idleTimeoutWhileSuspended() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for message in [nil, "came meanwhile"] {
                _ = try await server.call { .within(.seconds(1), $0) }
                try await SystemControl.suspend(server)
                try await me.sleep(for: .seconds(10))
                if let message { server.cast(.note(message)) }
                journal.note("resumed")
                try await SystemControl.resume(server)
                try await me.sleep(for: .seconds(10))
            }
            // Who calls while it is suspended is answered on its resumption.
            _ = try await server.call { .within(.seconds(1), $0) }
            try await SystemControl.suspend(server)
            me.ask(server, timeout: nil) {
                .ping($0)
            } then: {
                .text(SceneLog.short($0))
            }
            try await me.sleep(for: .seconds(10))
            try await SystemControl.resume(server)
            journal.note(try await me.next())
            try await me.sleep(for: .seconds(10))
        }
        #expect(lines == ["resumed", "idle", "resumed", "cast came meanwhile", "reply pong"])
    }

    @Test("calls that wait at a suspended server fail at once, with its reason, when it ends", arguments: 0..<3)
    func callsAtItsEnd(how: Int) throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await SystemControl.suspend(server)
            me.ask(server, timeout: .seconds(100)) {
                .ping($0)
            } then: {
                .text(SceneLog.short($0))
            }
            try await me.sleep(for: .seconds(1))
            let before = me.node.now
            switch how {
            case 0: server.sendExit(.kill)
            case 1: try await server.stop()
            default: server.sendExit(.shutdown)
            }
            journal.note("\(try await me.next()) after \(me.node.now - before)")
        }
        let reason = ["killed", "normal", "shutdown"][how]
        #expect(lines.last == "exited (\(reason)) after 0.0 seconds")
    }

    @Test("a suspended synchronous server handles nothing on its callers' threads either")
    func suspendedSynchronousServer() throws {
        let lines = try played { me, journal in
            let quick = try await Quick.start { Quick() }
            try await SystemControl.suspend(quick)
            await journal.note { try await quick.call(timeout: .seconds(1)) { .add(1, $0) } }
            try await SystemControl.resume(quick)
            await journal.note { try await quick.call { .add(1, $0) } }
        }
        #expect(lines == ["timeout", "2"])
    }

    @Test("a busy server does not answer in time, and the error says that it is busy")
    func busy() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "busy") { Subject(journal) }
            let latch = Latch()
            me.ask(server, timeout: nil) {
                .wait(latch, $0)
            } then: {
                .text(SceneLog.short($0))
            }
            try await me.sleep(for: .seconds(1))
            let name = ServerName<Subject>("busy")
            do { _ = try await SystemControl.status(of: name, timeout: .seconds(1)) } catch let error as CallError {
                journal.note("\(SceneLog.short(error)): \(error.call)")
            }
            latch.open()
            journal.note(try await me.next())
        }
        #expect(lines == ["timeout: status of busy (busy in one handler since before the request)", "reply waited"])
    }

    @Test("requests to nobody, to oneself and to one that ends meanwhile fail as calls do")
    func failures() throws {
        let lines = try played { me, journal in
            await journal.note { try await SystemControl.status(of: ServerName<Subject>("nobody")).kind }
            let selfish = try await Selfish.start { Selfish() }
            await journal.note { try await selfish.call { .lookAtYourself($0) } }
            let server = try await Subject.start { Subject(journal) }
            server.cast(.stop(.shutdown))
            await journal.note { try await SystemControl.status(of: server).kind }
        }
        #expect(lines == ["noProcess", "callingSelf", "terminate (shutdown)", "exited (shutdown)"])
    }
}

/// Counts, and lets itself be looked at.
private struct Tally: GenServer {
    enum Call: Sendable { case count(Reply<Int>) }
    enum Cast: Sendable { case add(Int) }
    enum Info: Sendable { case tick }
    var count: Int

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .count(let reply): reply(count)
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .add(let number): count += number
        }
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        count += 1
        return .receive
    }
}

/// Looks at itself.
private struct Selfish: GenServer {
    enum Call: Sendable { case lookAtYourself(Reply<String>) }
    func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .lookAtYourself(let reply):
            do { reply(try await SystemControl.status(of: me.ref).kind) } catch { reply(SceneLog.short(error)) }
            return .receive
        }
    }
}
