import OTP
import OTPTestKit
import Testing

@Suite struct AskAndStartTests {
    @Test("a call that does not wait: the process goes on, and the outcome arrives as a message")
    func ask() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.ask(server) {
                .later(.seconds(3), $0)
            } then: {
                .text(SceneLog.short($0))
            }
            me.ask(server) {
                .ping($0)
            } then: {
                .text(SceneLog.short($0))
            }
            journal.note("goes on")
            journal.note(try await me.next())
            journal.note(try await me.next())
        }
        #expect(lines == ["goes on", "reply pong", "reply later"])
    }

    @Test("every failure arrives as a message, exactly once")
    func askFails() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.ask(server, timeout: .seconds(1)) {
                .keep($0)
            } then: {
                .text("keep \(SceneLog.short($0))")
            }
            me.ask(server) {
                .drop($0)
            } then: {
                .text("drop \(SceneLog.short($0))")
            }
            me.ask(ServerName<Subject>("nobody")) {
                .ping($0)
            } then: {
                .text("nobody \(SceneLog.short($0))")
            }
            for _ in 0..<3 { journal.note(try await me.next()) }
            server.cast(.answerKept("too late"))
            me.ask(server) {
                .stopSilently(.shutdown, $0)
            } then: {
                .text("end \(SceneLog.short($0))")
            }
            journal.note(try await me.next())
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "nobody noProcess", "drop noReply", "keep timeout", "terminate (shutdown)", "end exited (shutdown)",
                "[]",
            ])
    }

    @Test("what a process has asked for is given up when it ends", arguments: [ExitSignal.shutdown, .kill])
    func askerEnds(signal: ExitSignal) throws {
        try VirtualNode(seed: 1).run { me in
            let kept = Locked<[Reply<String>]>([])
            let server = try await Keeper.start { Keeper(kept: kept) }
            let asker = spawn(receiving: Notice.self) { its in
                for _ in 0..<3 {
                    its.ask(server, timeout: nil) {
                        .keep($0)
                    } then: { _ in
                        .text("never")
                    }
                }
                _ = try await its.next()
            }
            try await me.sleep(for: .nanoseconds(1))
            kept.value[0]("answered")
            let before = kept.value.map(\.isWanted)
            asker.sendExit(signal)
            _ = await asker.waitForEnd()
            let after = kept.value.map(\.isWanted)
            #expect(before == [false, true, true])
            #expect(after == [false, false, false])
        }
    }

    @Test("two servers that ask each other, and one that asks itself, do not block")
    func askInCircles() throws {
        let lines = try played { me, journal in
            let a = try await Asker.start(name: "a") { Asker(other: "b") }
            try await Asker.start(name: "b") { Asker(other: "a") }
            await journal.note { try await a.call { .askRound(3, $0) } }
            let itself = try await Asker.start(name: "c") { Asker(other: "c") }
            await journal.note { try await itself.call { .askRound(5, $0) } }
        }
        #expect(lines == ["3", "5"])
    }

    @Test("a task's outcome arrives as a message, an error as well, and harms nobody")
    func start() throws {
        let lines = try played { me, journal in
            me.start {
                42
            } then: {
                .text("\($0)")
            }
            journal.note(try await me.next())
            me.start { () async throws -> Int in
                throw Broken()
            } then: {
                .text("\($0)")
            }
            journal.note(try await me.next())
            journal.note("\(try await me.leftovers()), links \(me.snapshot()?.links.count ?? -1)")
        }
        #expect(lines == ["success(42)", "failure(broken)", "[], links 0"])
    }

    @Test("a task ends with the process that started it, for whatever reason", arguments: [true, false])
    func taskEndsWithOwner(normally: Bool) throws {
        let lines = try played { me, journal in
            let latch = Latch()
            let owner = spawn(receiving: Notice.self) { its in
                let task = its.start {
                    await latch.wait()
                    journal.note("cancelled \(Task.isCancelled)")
                } then: { _ in
                    .text("never")
                }
                journal.note("linked \(its.snapshot()?.links == [task])")
                try await its.sleep(for: .milliseconds(1))
                if !normally { throw Exit(.shutdown) }
            }
            _ = await owner.waitForEnd()
            try await me.sleep(for: .milliseconds(1))
            latch.open()
            try await me.sleep(for: .milliseconds(1))
            journal.note("processes \(me.node.processCount)")
        }
        #expect(lines == ["linked true", "cancelled true", "processes 1"])
    }

    @Test("a task that is killed takes its owner along, unless that traps exits")
    func taskKilled() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let latch = Latch()
            let task = me.start {
                await latch.wait()
            } then: { _ in
                .text("outcome")
            }
            try await me.sleep(for: .milliseconds(1))
            me.sendExit(.kill, to: task)
            journal.note(try await me.next())
            latch.open()
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["EXIT (killed)", "[]"])
    }
}

/// Asks another one to ask it, and so on.
private struct Asker: GenServer {
    enum Call: Sendable { case askRound(Int, Reply<Int>) }
    enum Info: Sendable { case answered(Result<Int, CallError>, Reply<Int>) }
    let other: ServerName<Asker>

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .askRound(0, let reply): return reply(0)
        case .askRound(let left, let reply):
            me.ask(other) {
                .askRound(left - 1, $0)
            } then: {
                .answered($0, reply)
            }
            return .receive
        }
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .answered(.success(let rounds), let reply): reply(rounds + 1)
        case .answered(.failure, let reply): reply(-1)
        }
    }
}

/// Keeps every reply.
private struct Keeper: GenServer {
    enum Call: Sendable { case keep(Reply<String>) }
    let kept: Locked<[Reply<String>]>

    func handleCall(_ call: Call, _ me: Me) -> Next {
        if case .keep(let reply) = call { kept.with { $0.append(reply) } }
        return .receive
    }
}
