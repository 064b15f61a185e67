import Foundation
import OTP
import OTPTestKit
import Testing

@Suite struct SystemLogTests {
    @Test("SP-001 the log is switched on, a call made, the log printed and switched off, and the call is not disturbed")
    func log() throws {
        let lines = try played { me, journal in
            let server = try await Clerk.start(name: "clerk") { Clerk() }
            journal.note("\(try await SystemControl.log(of: server) == nil)")
            try await SystemControl.startLog(of: server)
            journal.note("\(try await server.call { .add(3, $0) })")
            try await SystemControl.printLog(of: server, to: EventSink { journal.note($0) })
            try await SystemControl.stopLog(of: server)
            try await SystemControl.printLog(of: server, to: EventSink { journal.note($0) })
            journal.note("\(try await SystemControl.log(of: server) == nil)")
            journal.note("\(try await server.call { .add(3, $0) })")
        }
        let pid = lines[2].split(separator: " ").last!
        #expect(
            lines == [
                "true", "3", "*DBG* clerk got call add(3, →Int) from \(pid)",
                "*DBG* clerk sent 3 to \(pid), new state 3", "true", "6",
            ])
    }

    @Test(
        "SP-002 one call gives two lines in the file, of the call and of the answer; switched off, the file is closed")
    func logFile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("events-\(UUID()).log").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let caller = try VirtualNode().run { me in
            let server = try await Clerk.start(name: "clerk") { Clerk() }
            try await SystemControl.startLogFile(of: server, at: path)
            _ = try await server.call { .add(1, $0) }
            try await SystemControl.stopLogFile(of: server)
            _ = try await server.call { .add(1, $0) }
            return me.pid
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            text == """
                *DBG* clerk got call add(1, →Int) from \(caller)
                *DBG* clerk sent 1 to \(caller), new state 1

                """)
        let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let open = descriptors?.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(open?.contains(path) != true)
    }

    @Test("a file that cannot be opened is refused with its path, and the server is not touched")
    func impossibleFile() throws {
        let lines = try played { me, journal in
            let server = try await Clerk.start { Clerk() }
            await journal.note { try await SystemControl.startLogFile(of: server, at: "/no/such/folder/events") }
            journal.note("\(try await SystemControl.status(of: server).runState)")
        }
        #expect(lines == ["threw cannot write events to /no/such/folder/events: error 2 of the system", "running"])
    }

    @Test("SP-006 a trace prints each call and each answer, casts, infos, timeouts and steps, in their order")
    func trace() throws {
        let lines = try played { me, journal in
            let server = try await Clerk.start(name: "clerk") { Clerk() }
            try await SystemControl.startTrace(of: server, to: EventSink { journal.note($0) })
            _ = try await server.call { .add(1, $0) }
            server.cast(.set(5))
            server.send(.tick)
            server.cast(.wait)
            try await me.sleep(for: .seconds(2))
            server.cast(.proceed)
            try await me.sleep(for: .seconds(1))
            try await SystemControl.stopTrace(of: server)
            _ = try await server.call { .add(1, $0) }
        }
        #expect(lines.allSatisfy { $0.hasPrefix("*DBG* clerk ") })
        #expect(
            lines.map { $0.dropFirst("*DBG* clerk ".count).split(separator: " from").first! }.filter {
                !$0.hasPrefix("sent")
            } == [
                "got call add(1, →Int)", "got cast set(5)", "goes on, new state 5", "got info tick",
                "goes on, new state 6", "got cast wait", "goes on, new state 6", "got info late",
                "goes on, new state 60", "got cast proceed", "goes on, new state 60", "continue end",
                "goes on, new state 61",
            ])
    }

    @Test("a trace of no events prints none, and ends one that goes on", arguments: [0, -1])
    func traceOfNothing(limit: Int) throws {
        let lines = try played { me, journal in
            let sink = EventSink { _ in journal.note("printed") }
            let clerk = try await Clerk.start { Clerk() }
            try await SystemControl.startTrace(of: clerk, to: sink, limit: limit)
            _ = try await clerk.call { .add(1, $0) }
            let begun = try await Clerk.start(options: ServerOptions(debug: [.trace(to: sink, limit: limit)])) {
                Clerk()
            }
            _ = try await begun.call { .add(1, $0) }
            try await SystemControl.startTrace(of: clerk, to: sink)
            try await SystemControl.startTrace(of: clerk, to: sink, limit: limit)
            _ = try await clerk.call { .add(1, $0) }
        }
        #expect(lines == [])
    }

    @Test("the log keeps the last events, as many as asked for, also when that changes")
    func ring() throws {
        let lines = try played { me, journal in
            let server = try await Clerk.start { Clerk() }
            try await SystemControl.startLog(of: server, keeping: 3)
            for number in 1...4 { server.cast(.set(number)) }
            let three = try await SystemControl.log(of: server) ?? []
            for event in three { journal.note("\(event)") }
            try await SystemControl.startLog(of: server, keeping: 2)
            journal.note("\(try await SystemControl.log(of: server)?.count ?? -1)")
        }
        #expect(lines == ["goes on, new state 3", "got cast set(4)", "goes on, new state 4", "2"])
    }

    @Test("what is kept holds no reply: one that is dropped is noticed at once")
    func holdsNoReply() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(options: ServerOptions(debug: [.log(keeping: 10)])) {
                Subject(journal)
            }
            await journal.note { try await server.call { .drop($0) } }
            journal.note("\(try await SystemControl.log(of: server)?.first?.text ?? "none")")
        }
        #expect(lines == ["noReply", "call drop(→String)"])
    }

    @Test("an answer from elsewhere is an event as well, without a state")
    func answerFromElsewhere() throws {
        let lines = try played { me, journal in
            let server = try await Clerk.start { Clerk() }
            try await SystemControl.startLog(of: server)
            journal.note("\(try await server.call { .viaTask($0) })")
            let events = try await SystemControl.log(of: server) ?? []
            journal.note(events.map { "\($0.kind)" }.joined(separator: " "))
            journal.note("\(events.last?.peer == me.pid) \(events.last?.text ?? "") \(events.last?.state ?? "none")")
        }
        #expect(lines == ["42", "received handled sent", "true 42 none"])
    }

    @Test("what watches a server is given at its start: log, trace, statistics, functions")
    func debugOptions() throws {
        let lines = try played { me, journal in
            let options = ServerOptions(debug: [
                .log(keeping: 5), .statistics, .trace(to: EventSink { _ in journal.note("traced") }, limit: 1),
                .install("counter", state: 0) { count, _ in
                    count += 1
                    journal.note("event \(count)")
                    return .keep
                },
            ])
            let server = try await Clerk.start(options: options) { Clerk() }
            _ = try await server.call { .add(1, $0) }
            let status = try await SystemControl.status(of: server)
            journal.note("\(status.log.count) \(status.statistics?.received ?? -1) \(status.debugFunctions)")
            try await SystemControl.stopDebugging(server)
            let bare = try await SystemControl.status(of: server)
            journal.note("\(bare.log.count) \(bare.statistics == nil) \(bare.debugFunctions)")
        }
        #expect(lines == ["event 1", "traced", "event 2", "2 1 [counter]", "0 true []"])
    }

    @Test("the last answers of a server are told: those that it gives as it ends, and the one with which it stops")
    func lastAnswers() throws {
        let lines = try played { me, journal in
            let server = try await Leaver.start(name: "leaver") { Leaver() }
            try await SystemControl.startTrace(of: server, to: EventSink { journal.note($0) })
            let early = server.sendRequest { .atTheEnd($0) }
            journal.note("\(try await server.call { .leave($0) }) \(try await early.response().get())")
        }
        let pid = try #require(lines.first?.split(separator: " ").last)
        #expect(
            lines == [
                "*DBG* leaver got call atTheEnd(→String) from \(pid)", "*DBG* leaver goes on, new state Leaver",
                "*DBG* leaver got call leave(→String) from \(pid)", "*DBG* leaver sent at last to \(pid)",
                "*DBG* leaver sent bye to \(pid)", "bye at last",
            ])
    }

    @Test("what a watched server answers in its terminate stands in its crash report")
    func answersOfTerminate() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                for event in crash.log where event.kind == .sent { journal.note("logged \(event.text)") }
            }
            let server = try await Leaver.start(options: ServerOptions(debug: [.log()])) { Leaver() }
            let asked = server.sendRequest { .atTheEnd($0) }
            server.cast(.fail)
            journal.note("\(try await asked.response().get())")
            _ = await server.waitForEnd()
        }
        #expect(lines.sorted() == ["at last", "logged at last"])
    }

    @Test("a supervisor, and a plain process by its PID, are logged as servers are, also while suspended")
    func everybody() throws {
        let lines = try played { me, journal in
            let tree = try await Supervisor(.oneForOne) { Clerk.child("clerk") { Clerk() } }.start()
            try await SystemControl.startLog(of: tree)
            _ = try await tree.childCounts()
            let log = try await SystemControl.log(of: tree) ?? []
            journal.note(log.map { "\($0.kind)" }.joined(separator: " "))
            try await SystemControl.suspend(tree)
            journal.note("\(try await SystemControl.status(of: tree).runState)")
            try await SystemControl.stopLog(of: tree)
            try await SystemControl.resume(tree.pid)
            journal.note("\(try await tree.childCounts().active)")
            let plain = spawn(receiving: Notice.self, options: SpawnOptions(debug: [.log(keeping: 3)])) { its in
                while true { if case .text(let text) = try await its.receive() { its.noteSent(text, to: its.pid) } }
            }
            plain.send(.text("hello"))
            try await me.sleep(for: .milliseconds(1))
            for event in try await SystemControl.log(of: plain.pid) ?? [] {
                journal.note("\(event.kind) \(event.text)")
            }
            try await SystemControl.terminate(tree)
        }
        #expect(
            lines == [
                "received sent", "suspended", "1", "received text(\"hello\")", "sent hello",
            ])
    }
}

/// Answers as late as it can.
private struct Leaver: GenServer, CustomStringConvertible {
    enum Call: Sendable { case atTheEnd(Reply<String>), leave(Reply<String>) }
    enum Cast: Sendable { case fail }
    private var waiting: Reply<String>?
    var description: String { "Leaver" }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .atTheEnd(let reply):
            waiting = reply
            return .receive
        case .leave(let reply): return .stop(.normal, replying: reply, "bye")
        }
    }
    func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Broken() }
    func terminate(reason: ExitReason, _ me: Me) { waiting?("at last") }
}

/// Adds up.
private struct Clerk: GenServer {
    enum Call: Sendable {
        case add(Int, Reply<Int>)
        case viaTask(Reply<Int>)
    }
    enum Cast: Sendable { case set(Int), wait, proceed }
    enum Info: Sendable { case tick, late }
    enum Continuation: Sendable { case end }
    var sum = 0

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .add(let number, let reply):
            sum += number
            return reply(sum)
        case .viaTask(let reply):
            spawn { _ in reply(42) }
            return .receive
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .set(let number): sum = number
        case .wait: return .receive(within: .seconds(1), else: .late)
        case .proceed: return .continue(.end)
        }
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .tick: sum += 1
        case .late: sum *= 10
        }
        return .receive
    }
    mutating func handleContinue(_ step: Continuation, _ me: Me) -> Next {
        sum += 1
        return .receive
    }
    func formatStatus(_ status: StatusContext) -> String { "\(sum)" }
}
