import OTP
import OTPTestKit
import Testing

@Suite struct ServerCallTests {
    @Test("GS-049 a reply that is given later, from another handler, reaches the caller")
    func laterReply() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let before = me.node.now
            await journal.note { try await server.call { .later(.seconds(3), $0) } }
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["later", "after 3.0 seconds"])
    }

    @Test("GS-050 GS-052 GS-053 an idle timeout fires once, after the silence, before the next request")
    func idleTimeout() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            await journal.note { try await server.call { .within(.seconds(2), $0) } }
            try await me.sleep(for: .milliseconds(1999))
            journal.note("just before")
            try await me.sleep(for: .milliseconds(2))
            await journal.note { try await server.call { .ping($0) } }
            try await me.sleep(for: .seconds(100))
        }
        #expect(lines == ["ok", "just before", "idle", "pong"])
    }

    @Test("GS-051 a message within the time cancels the idle timeout", arguments: ["call", "cast", "info"])
    func idleTimeoutCancelled(by kind: String) throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            await journal.note { try await server.call { .within(.seconds(2), $0) } }
            try await me.sleep(for: .seconds(1))
            switch kind {
            case "call": await journal.note { try await server.call { .ping($0) } }
            case "cast": server.cast(.note("something"))
            default: server.send(.note("something"))
            }
            try await me.sleep(for: .seconds(100))
        }
        let second = ["call": "pong", "cast": "cast something", "info": "info something"][kind]!
        #expect(lines == ["ok", second])
    }

    @Test("what is no message of the server neither cancels nor restarts an idle timeout")
    func idleTimeoutAndSystemMessages() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let before = me.node.now
            _ = try await server.call { .within(.seconds(2), $0) }
            try await me.sleep(for: .seconds(1))
            journal.note(try await SystemControl.state(of: server) { _ in "looked" })
            me.node.sendExit(.reason(.normal), to: server.pid)
            while !journal.lines.contains("idle") { try await me.sleep(for: .milliseconds(100)) }
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["looked", "idle", "after 2.0 seconds"] || lines == ["looked", "idle", "after 2.1 seconds"])
    }

    @Test("a call's limit holds also after calls whose limit was longer")
    func shorterLimit() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for _ in 0..<3 { _ = try await server.call { .ping($0) } }
            let before = me.node.now
            do {
                _ = try await server.call(timeout: .milliseconds(10)) { .keep($0) }
            } catch let error as CallError {
                journal.note("\(error.code) after \(me.node.now - before)")
            }
        }
        #expect(lines.last == "timeout after 0.01 seconds", "\(lines)")
    }

    @Test("an idle timeout of zero fires when the mailbox is empty")
    func idleTimeoutZero() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.within(.zero))
            try await me.sleep(for: .milliseconds(1))
            server.cast(.within(.zero))
            server.cast(.note("waiting"))
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["idle", "cast waiting"])
    }

    @Test("GS-054 GS-065 a call that is not answered in time fails, names itself, and the server goes on")
    func timeout() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "slow") { Subject(journal) }
            let before = me.node.now
            do {
                _ = try await ServerName<Subject>("slow").call(timeout: .milliseconds(10)) { .keep($0) }
            } catch let error as CallError {
                journal.note("\(SceneLog.short(error)), by \(error.pid == server.pid), call \(error.call)")
            }
            journal.note("after \(me.node.now - before)")
            await journal.note { try await server.call { .ping($0) } }
            // The late reply goes nowhere.
            server.cast(.answerKept("late"))
            await journal.note { try await server.call { .echo(1, $0) } }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["timeout, by true, call slow keep(→String)", "after 0.01 seconds", "pong", "1", "[]"])
    }

    @Test("GS-056 GS-064 whoever calls himself is refused at once, by whatever address", arguments: 0..<4)
    func callingSelf(kind: Int) throws {
        let lines = try played { me, journal in
            let name: ServerName<Caller>? = kind == 3 ? nil : everyKindOfName(Caller.self)[kind]
            let caller = try await Caller.start(name: name) { Caller() }
            let before = me.node.now
            let error = try await caller.call { .callYourself(as: name, $0) }
            let target = name?.description ?? caller.pid.description
            journal.note("\(SceneLog.short(error)), \(error.call == "\(target) ping(→Int)" ? "named" : error.call)")
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["callingSelf, named", "after 0.0 seconds"])
    }

    @Test("GS-066 a call to nobody fails at once and says what was called")
    func nobody() throws {
        let lines = try played { me, journal in
            for name in everyKindOfName(Subject.self, "nobody") {
                do { _ = try await name.call { .echo(1, $0) } } catch { journal.note("\(error)") }
            }
            let server = try await Subject.start { Subject(journal) }
            server.sendExit(.shutdown)
            _ = await server.waitForEnd()
            do { _ = try await server.call { .echo(1, $0) } } catch let error as CallError {
                journal.note("\(SceneLog.short(error)) \(error.call == "\(server.pid) echo(1, →Int)")")
            }
        }
        #expect(
            lines == [
                "call nobody echo(1, →Int) found no process", "call global nobody echo(1, →Int) found no process",
                "call phonebook nobody echo(1, →Int) found no process", "terminate (shutdown)", "noProcess true",
            ])
    }

    @Test("GS-063 calls of a process with a huge mailbox are answered, and leave the mailbox as it was")
    func hugeMailbox() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for number in 0..<100_000 { me.ref.send(.text("\(number)")) }
            for number in 0..<1_000 where try await server.call({ .echo(number, $0) }) != number {
                journal.note("wrong")
            }
            journal.note("\(me.mailboxCount) \(try await me.next())")
        }
        #expect(lines == ["100000 0"])
    }

    @Test(
        "a call with a time below zero is refused and not sent, by a process and by an ordinary task",
        arguments: [0, 1])
    func belowZero(kind: Int) async throws {
        let journal = SceneLog()
        let server = try await Subject.start { Subject(journal) }
        let call = { @Sendable in
            await journal.note { try await server.call(timeout: .seconds(-1)) { .stop(.shutdown, $0) } }
        }
        if kind == 0 { await call() } else { _ = await spawn { _ in await call() }.waitForEnd() }
        #expect(journal.lines == ["timeout"])
        await journal.note { try await server.call { .ping($0) } }
        #expect(journal.lines == ["timeout", "pong"])
        try await server.stop()
    }

    @Test(
        "a call with a time below zero takes no room in a bounded mailbox",
        arguments: [MailboxBound.Overflow.reject, .dropNewest, .dropOldest])
    func belowZeroTakesNoRoom(overflow: MailboxBound.Overflow) throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(
                options: ServerOptions(mailbox: .atMost(1, onOverflow: overflow))
            ) { Subject(journal) }
            for _ in 0..<3 {
                await journal.note { try await server.call(timeout: .seconds(-1)) { .ping($0) } }
            }
            await journal.note { try await server.call { .ping($0) } }
            try await server.stop()
        }
        #expect(lines == ["timeout", "timeout", "timeout", "pong", "terminate (normal)"])
    }

    @Test("a reply that is dropped fails its caller at once")
    func droppedReply() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let before = me.node.now
            await journal.note { try await server.call { .drop($0) } }
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["noReply", "after 0.0 seconds"])
    }

    @Test("a kept reply of a server that ends fails with the server's reason")
    func keptReplyAtEnd() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.ask(server) {
                .keep($0)
            } then: {
                .text(SceneLog.short($0))
            }
            server.cast(.stop(.shutdown(detail: "over")))
            journal.note(try await me.next())
        }
        #expect(lines == ["terminate (shutdown: over)", "exited (shutdown: over)"])
    }

    @Test("calls from ordinary tasks beside each other")
    func callsFromTasks() async throws {
        let node = Node(name: "calls", workers: 2)
        let server = try await node.with { try await Subject.start { Subject(SceneLog()) } }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 { group.addTask { try await server.call { .echo(number, $0) } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 4950)
        await node.shutdown()
    }
}

/// Calls itself when asked to, and says what came of it.
private struct Caller: GenServer {
    enum Call: Sendable {
        case callYourself(as: ServerName<Caller>?, Reply<CallError>)
        case ping(Reply<Int>)
    }

    func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .callYourself(let name, let reply):
            do {
                if let name {
                    _ = try await name.call(timeout: .seconds(1000)) { .ping($0) }
                } else {
                    _ = try await me.ref.call(timeout: .seconds(1000)) { .ping($0) }
                }
            } catch let error as CallError { reply(error) }
            return .receive
        case .ping(let reply): return reply(1)
        }
    }
}
