import OTP
import OTPTestKit
import Testing

@Suite struct RequestTests {
    @Test("GS-085 a request is sent without waiting, and its response waited for")
    func sendAndWait() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let before = me.node.now
            let id: RequestID<String> = server.sendRequest { .later(.seconds(20), $0) }
            journal.note("sent, nothing yet \(id.check() == nil), after \(me.node.now - before)")
            journal.note(SceneLog.short(try await id.wait(timeout: nil)))
            journal.note(SceneLog.short(try await id.response(timeout: nil)))
        }
        #expect(lines == ["sent, nothing yet true, after 0.0 seconds", "reply later", "reply later"])
    }

    @Test("GS-086 two requests back to back are handled in order; the second cancels the idle timeout of the first")
    func twoInOrder() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let first: RequestID<String> = server.sendRequest { .within(.seconds(1), $0) }
            let second: RequestID<Int> = server.sendRequest { .echo(2, $0) }
            journal.note(SceneLog.short(try await second.wait()))
            journal.note(SceneLog.short(try await first.wait()))
            try await me.sleep(for: .seconds(10))
        }
        #expect(lines == ["reply 2", "reply ok"])
    }

    @Test("GS-087 a check gives nothing while there is nothing, and then the response of that request")
    func check() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let kept: RequestID<String> = server.sendRequest { .keep($0) }
            let quick: RequestID<String> = server.sendRequest { .ping($0) }
            try await me.sleep(for: .seconds(1))
            journal.note("\(SceneLog.short(kept.check())), \(SceneLog.short(quick.check()))")
            server.cast(.answerKept("now"))
            try await me.sleep(for: .seconds(1))
            journal.note(SceneLog.short(kept.check()))
        }
        #expect(lines == ["nothing, reply pong", "reply now"])
    }

    @Test("GS-088 a wait of no time gives nothing while there is nothing; one without limit then gives the response")
    func waitOfNoTime() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let id: RequestID<String> = server.sendRequest { .later(.seconds(1), $0) }
            let before = me.node.now
            journal.note(SceneLog.short(try await id.wait(timeout: .zero)))
            journal.note("after \(me.node.now - before)")
            journal.note(SceneLog.short(try await id.wait(timeout: nil)))
        }
        #expect(lines == ["nothing", "after 0.0 seconds", "reply later"])
    }

    @Test("a response that does not come in time, or was given up, names the server and the request")
    func named() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "slow") { Subject(journal) }
            let id: RequestID<String> = ServerName<Subject>("slow").sendRequest { .keep($0) }
            for response in [try await id.response(timeout: .seconds(1)), id.check()] {
                guard case .failure(let error)? = response else { continue }
                journal.note("\(error.code) \(error.call) \(error.pid == server.pid)")
            }
        }
        #expect(lines == ["timeout slow keep(→String) true", "abandoned slow keep(→String) true"])
    }

    @Test("GS-089 the server's end is a response, not an error of the one who waits")
    func serverEnds() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let kept: RequestID<String> = server.sendRequest { .keep($0) }
            let last: RequestID<String> = server.sendRequest { .stopSilently(.shutdown, $0) }
            let behind: RequestID<String> = server.sendRequest { .ping($0) }
            for id in [kept, last, behind] { journal.note(SceneLog.short(try await id.wait(timeout: nil))) }
            let failing = try await Subject.start { Subject(journal) }
            let failed: RequestID<String> = failing.sendRequest { .fail(Broken(), $0) }
            if case .failure(let error) = try await failed.response() {
                journal.note("\(SceneLog.short(error)) by \(error.pid == failing.pid)")
            }
        }
        #expect(
            lines == [
                "terminate (shutdown)", "exited (shutdown)", "exited (shutdown)", "exited (shutdown)",
                "terminate (error: broken)", "report Subject (error: broken)", "exited (error: broken) by true",
            ])
    }

    @Test("GS-090 a request to nobody does not fail; its response says that there is no process")
    func nobody() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            try await server.stop()
            let dead: RequestID<String> = server.sendRequest { .ping($0) }
            journal.note(SceneLog.short(try await dead.wait()))
            for name in everyKindOfName(Subject.self, "nobody") {
                let id: RequestID<String> = name.sendRequest { .ping($0) }
                journal.note("\(SceneLog.short(id.check())), \(SceneLog.short(try await id.response()))")
            }
        }
        #expect(
            lines == ["terminate (normal)", "noProcess"] + Array(repeating: "noProcess, noProcess", count: 3))
    }

    @Test("a wait that runs out of time keeps the request, a response that does abandons it")
    func waitKeepsResponseAbandons() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let waited: RequestID<String> = server.sendRequest { .later(.seconds(10), $0) }
            journal.note(SceneLog.short(try await waited.wait(timeout: .seconds(1))))
            journal.note(SceneLog.short(try await waited.wait(timeout: .seconds(100))))
            let given: RequestID<String> = server.sendRequest { .later(.seconds(10), $0) }
            journal.note(SceneLog.short(try await given.response(timeout: .seconds(1))))
            journal.note(SceneLog.short(try await given.response(timeout: .seconds(100))))
            try await me.sleep(for: .seconds(100))
            journal.note("\(SceneLog.short(given.check())) \(try await me.leftovers())")
        }
        #expect(lines == ["nothing", "reply later", "timeout", "abandoned", "abandoned []"])
    }

    @Test(
        "a wait until a point in time of the node's clock: the request stays under way, and with a response it does not"
    )
    func untilAPoint() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let begun = me.node.now
            let id: RequestID<String> = server.sendRequest { .later(.seconds(10), $0) }
            journal.note(SceneLog.short(try await id.wait(until: begun)))
            journal.note(SceneLog.short(try await id.wait(until: begun + .seconds(3))))
            try await me.sleep(for: .seconds(1))
            journal.note("\(me.node.now - begun)")
            journal.note(SceneLog.short(try await id.wait(until: begun + .seconds(20))))
            journal.note("\(me.node.now - begun), \(SceneLog.short(try await id.response(until: begun)))")
            let late: RequestID<String> = server.sendRequest { .later(.seconds(10), $0) }
            journal.note(SceneLog.short(try await late.response(until: begun + .seconds(15))))
            journal.note("\(me.node.now - begun), \(SceneLog.short(late.check()))")
        }
        #expect(
            lines == [
                "nothing", "nothing", "4.0 seconds", "reply later", "10.0 seconds, reply later", "timeout",
                "15.0 seconds, abandoned",
            ])
    }

    @Test("whoever drops the id of a request gives it up: the server sees that nobody waits")
    func droppedID() throws {
        let lines = try played { me, journal in
            let watcher = try await Watcher.start { Watcher() }
            var id: RequestID<Int>? = watcher.sendRequest { .keep($0) }
            _ = try await watcher.call { .isWanted($0) }
            journal.note("wanted \(try await watcher.call { .isWanted($0) })")
            id = nil
            journal.note("wanted \(try await watcher.call { .isWanted($0) }) \(id == nil)")
        }
        #expect(lines == ["wanted true", "wanted false true"])
    }

    @Test("a dropped reply and a full mailbox are responses, too")
    func otherFailures() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(options: ServerOptions(mailbox: .atMost(1))) { Subject(journal) }
            let dropped: RequestID<String> = server.sendRequest { .drop($0) }
            let refused: RequestID<String> = server.sendRequest { .ping($0) }
            journal.note("\(SceneLog.short(try await dropped.wait())), \(SceneLog.short(refused.check()))")
        }
        #expect(lines == ["noReply, overloaded"])
    }

    @Test("requests from ordinary tasks, to servers that end meanwhile: each is settled once, none is lost")
    func fromTasks() async throws {
        let node = Node(name: "requests", workers: 2)
        let counts = try await withThrowingTaskGroup(of: (replies: Int, ends: Int, others: Int).self) { group in
            for round in 0..<20 {
                group.addTask {
                    let server = try await node.with { try await Subject.start { Subject(SceneLog()) } }
                    var ids: [RequestID<Int>] = (0..<50).map { number in server.sendRequest { .echo(number, $0) } }
                    if round % 2 == 0 { server.sendExit(.reason(.shutdown)) }
                    ids += (0..<50).map { number in server.sendRequest { .echo(number, $0) } }
                    var counts = (replies: 0, ends: 0, others: 0)
                    for id in ids {
                        switch try await id.response(timeout: .seconds(60)) {
                        case .success: counts.replies += 1
                        case .failure(let error):
                            switch error.code {
                            case .exited, .noProcess: counts.ends += 1
                            default: counts.others += 1
                            }
                        }
                    }
                    return counts
                }
            }
            return try await group.reduce(into: (replies: 0, ends: 0, others: 0)) { sum, part in
                sum = (sum.replies + part.replies, sum.ends + part.ends, sum.others + part.others)
            }
        }
        #expect(counts.others == 0)
        #expect(counts.replies + counts.ends == 2000)
        #expect(counts.replies >= 1000)
        await node.shutdown()
    }
}

/// Keeps a reply and looks whether anybody still waits for it.
private struct Watcher: GenServer {
    enum Call: Sendable { case keep(Reply<Int>), isWanted(Reply<Bool>) }
    private var kept: Reply<Int>?
    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .keep(let reply):
            kept = reply
            return .receive
        case .isWanted(let reply): return reply(kept?.isWanted == true)
        }
    }
}
