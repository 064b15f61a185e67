import OTP
import OTPTestKit
import Testing

@Suite struct ServerCrashTests {
    /// The ways to end with a reason out of a call that is not answered.
    private func ended(_ reason: ExitReason, thrown: Bool) throws -> [String] {
        try played { me, journal in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me) { Subject(journal) }
            await journal.note("call") {
                try await server.call { thrown ? .exit(reason, $0) : .stopSilently(reason, $0) }
            }
            journal.note(try await me.next())
        }
    }

    @Test("GS-044 GS-045 GS-046 an orderly end in a call: caller and parent learn the reason, nothing is reported")
    func orderlyEnd() throws {
        for reason in [ExitReason.shutdown, .shutdown(detail: "enough"), .normal] {
            for thrown in [true, false] {
                #expect(
                    try ended(reason, thrown: thrown) == [
                        "terminate (\(reason))", "call: exited (\(reason))", "EXIT (\(reason))",
                    ])
            }
        }
    }

    @Test("all who wait for a server that is killed learn it at once, though its handler runs on with the reply of one")
    func killedWhileAnswering() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let latch = Latch()
            let first = spawn { _ in await journal.note("first") { try await server.call { .wait(latch, $0) } } }
            try await me.sleep(for: .seconds(1))
            let second = spawn { _ in await journal.note("second") { try await server.call { .ping($0) } } }
            try await me.sleep(for: .seconds(1))
            server.sendExit(.kill)
            for asker in [first, second] { _ = await asker.waitForEnd() }
            journal.note("opened")
            latch.open()
        }
        #expect(lines.sorted() == ["first: exited (killed)", "opened", "second: exited (killed)"])
    }

    @Test("a server that is asked to end does so for the reason of the signal, whatever its handler makes of that")
    func handlerThrowsAtSignal() throws {
        let lines = try played { me, journal in
            let server = try await Interrupted.start { Interrupted(journal: journal) }
            me.monitor(server) { .down($0) }
            server.cast(.work)
            try await me.sleep(for: .seconds(1))
            server.sendExit(.shutdown)
            journal.note(try await me.next())
        }
        #expect(lines == ["interrupted", "terminate (shutdown)", "DOWN (shutdown)"])
    }

    @Test("a handler that replies and throws then: the caller has the reply, and the server ends")
    func replyAndThrow() throws {
        let lines = try played { me, journal in
            let server = try await Rude.start { Rude() }
            await journal.note { try await server.call { .ping($0) } }
            journal.note("\(await server.waitForEnd()!)")
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["1", "error: broken"])
    }

    @Test("GS-047 GS-048 a crash is reported once, with message, state, reason, client, links and ancestors")
    func crashReport() throws {
        let reports = Locked<[CrashReport]>([])
        let others = Locked(0)
        let virtual = VirtualNode()
        virtual.node.onReport { report in
            if case .crash(let crash) = report { reports.with { $0.append(crash) } } else { others.with { $0 += 1 } }
        }
        let (mine, server) = try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me, name: "crasher") { its in
                its.label("of the test")
                return Subject(SceneLog(), secret: "sesame")
            }
            _ = try? await server.call { .fail(Broken("handler"), $0) }
            _ = try await me.next()
            return (me.pid, server.pid)
        }
        #expect(others.value == 0)
        let report = try #require(reports.value.first)
        #expect(reports.value.count == 1)
        #expect(report.pid == server && report.kind == "Subject" && report.names == ["crasher"])
        #expect(report.label == "of the test")
        #expect(report.lastMessage == "call fail(handler, →String)")
        #expect(report.state == "Subject at its end (error: handler), secret hidden")
        #expect(report.reason.isSame(as: .error(Broken("handler"))))
        #expect(report.client == mine && report.links == [mine] && report.ancestors == [mine])
        #expect(!"\(report)".contains("sesame"))
    }

    @Test(
        "the report of a crash names the client, also one that has its answer or waits no more",
        arguments: [true, false])
    func clientOfTheAnswered(answered: Bool) throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        let mine = try virtual.run { me in
            let server = try await Hasty.start { Hasty() }
            _ = try? await server.call(timeout: .seconds(1)) { answered ? .answerAndFail($0) : .failLate($0) }
            _ = await server.waitForEnd()
            return me.pid
        }
        #expect(reports.value.map(\.client) == [mine])
    }

    @Test("a call that fails because its server was shut down, not caught, is an orderly end", arguments: 0..<4)
    func uncaughtShutdown(kind: Int) throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let reason = [ExitReason.shutdown, .shutdown(detail: "why"), .normal, .error(Broken())][kind]
            let server = try await Subject.start { Subject(SceneLog()) }
            me.spawnLink { _ in _ = try await server.call { .stopSilently(reason, $0) } }
            journal.note(try await me.next())
        }
        if kind == 0 {
            #expect(
                lines.count == 1 && lines[0].hasPrefix("EXIT (shutdown: call <") && lines[0].hasSuffix("(shutdown))"))
        } else {
            #expect(lines.filter { $0.hasPrefix("report process (error: call <") }.count == 1)
            #expect(lines.last?.hasPrefix("EXIT (error: call <") == true)
        }
    }

    @Test("so a transient child that needs another one, which is shut down, is not started again")
    func transientAsker() throws {
        let lines = try played { me, journal in
            let starts = Locked(0)
            let tree = try await Supervisor(.oneForOne) {
                Subject.child(name: "needed", restart: .temporary) { Subject(SceneLog()) }
                ChildSpec.process("asker", receiving: Notice.self, restart: .transient) { its, started in
                    starts.with { $0 += 1 }
                    started()
                    _ = try await ServerName<Subject>("needed").call { .stopSilently(.shutdown, $0) }
                }
            }.start()
            try await me.sleep(for: .seconds(10))
            journal.note("\(starts.value)")
            try await tree.stop()
        }
        #expect(lines == ["1"])
    }

    @Test("the report of a crash says what the client is called, if it has a name and lives")
    func clientName() throws {
        let lines = try played { me, journal in
            me.node.onReport { report in
                guard case .crash(let crash) = report else { return }
                journal.note("\(crash.clientName ?? "-") \(crash.description.contains("client: asker <"))")
                journal.note("\(crash.formatted(ReportFormat()).contains("client's name: asker\n"))")
            }
            for isNamed in [true, false] {
                if isNamed { try ServerName<PlainBehavior<Notice>>("asker").register(me.ref.server) }
                let server = try await Subject.start { Subject(journal) }
                _ = try? await server.call { .fail(Broken(), $0) }
                _ = await server.waitForEnd()
                if isNamed { try ServerName<PlainBehavior<Notice>>("asker").unregister() }
            }
        }
        #expect(lines.filter { !$0.hasPrefix("terminate") } == ["asker true", "true", "- false", "false"])
    }

    @Test("GS-129 the state in a crash report is the one that formatStatus shows")
    func formattedState() throws {
        let states = Locked<[String?]>([])
        let virtual = VirtualNode()
        virtual.node.onReport { if case .crash(let crash) = $0 { states.with { $0.append(crash.state) } } }
        try virtual.run { _ in
            for kind in 0..<3 {
                let server = try await Subject.start { Subject(SceneLog(), secret: "sesame") }
                switch kind {
                case 0: _ = try? await server.call { .fail(Broken(), $0) }
                case 1: server.cast(.fail(Broken()))
                default: server.send(.fail(Broken()))
                }
                _ = await server.waitForEnd()
            }
        }
        #expect(states.value == Array(repeating: "Subject at its end (error: broken), secret hidden", count: 3))
    }

    @Test("GS-132 a formatStatus that fails at the end: the report says so, and the reason stays")
    func failingFormatAtEnd() throws {
        let reports = Locked<[String]>([])
        let virtual = VirtualNode()
        virtual.node.onReport {
            if case .crash(let crash) = $0 { reports.with { $0.append("\(crash.reason): \(crash.state ?? "none")") } }
        }
        let end = try virtual.run { _ in
            let server = try await Subject.start { Subject(SceneLog(), formatFails: true) }
            server.cast(.fail(Broken()))
            return "\(String(describing: await server.waitForEnd()))"
        }
        #expect(end == "Optional(error: broken)")
        #expect(reports.value == ["error: broken: Subject.formatStatus threw no status"])
    }

    @Test("what formatMessage says of a message that waits is left as it is, whatever its first word")
    func formattedWhileWaiting() throws {
        let lines = try played { me, journal in
            let server = try await Switchboard.start { Switchboard() }
            try await SystemControl.suspend(server)
            server.cast(.connect)
            server.cast(.hangUp)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.snapshot(of: server.pid)?.messages ?? [])")
        }
        #expect(lines == [#"["cast of thousands", "hangUp"]"#])
    }

    @Test("formatMessage hides what is secret in the last message")
    func formattedMessage() throws {
        let messages = Locked<[String?]>([])
        let virtual = VirtualNode()
        virtual.node.onReport { if case .crash(let crash) = $0 { messages.with { $0.append(crash.lastMessage) } } }
        try virtual.run { _ in
            let safe = try await Safe.start { Safe() }
            _ = try? await safe.call { .open(code: "1234", $0) }
        }
        #expect(messages.value == ["a code"])
    }

    @Test("SP-020 an orderly end writes no report; linked processes get exactly the reason")
    func noReport() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            for reason in [ExitReason.shutdown, .shutdown(detail: "any"), .normal] {
                me.spawnLink { _ in throw Exit(reason) }
                journal.note(try await me.next())
            }
        }
        #expect(lines == ["EXIT (shutdown)", "EXIT (shutdown: any)", "EXIT (normal)"])
    }

    @Test("SP-021 SP-022 an abnormal end writes one report with pid, kind, ancestors and reason")
    func plainReport() throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        let (mine, child) = try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            let child = me.spawnLink { its in
                its.label("worker")
                throw Broken("plain")
            }
            _ = try await me.next()
            return (me.pid, child.pid)
        }
        #expect(reports.value.count == 1)
        let report = try #require(reports.value.first)
        #expect(report.pid == child && report.kind == "process" && report.label == "worker")
        #expect(report.ancestors == [mine] && report.links == [mine])
        #expect(report.reason.isSame(as: .error(Broken("plain"))))
    }

    @Test("SP-023 a crash report tells of linked processes: what they are, and their ancestors")
    func neighbour() throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        let mine = try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            me.spawnLink { its in
                its.spawnLink { neighbour in try await neighbour.sleep(for: .seconds(9)) }
                try await its.sleep(for: .seconds(1))
                throw Broken("loud")
            }
            _ = try await me.next()
            return me.pid
        }
        let report = try #require(reports.value.first)
        #expect(report.neighbours.map(\.kind) == ["process"])
        #expect(report.neighbours.first?.ancestors == [report.pid, mine])
    }

    @Test("SP-038 a process that is begun with options is reported as any other: what it is, and whose")
    func optionsReport() throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        let mine = try virtual.run(receiving: Notice.self) { me in
            let options = SpawnOptions(mailbox: .atMost(9), debug: [.log()])
            let (process, _) = me.spawnMonitor(receiving: Notice.self, options: options, { .down($0) }) { its in
                throw Broken()
            }
            _ = try await me.next()
            return (me.pid, process.pid)
        }
        let report = try #require(reports.value.first)
        #expect(report.pid == mine.1 && report.kind == "process" && report.ancestors == [mine.0])
    }

    @Test("SP-028 what is thrown and not caught is the reason of the end")
    func thrown() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            me.spawnLink { _ in throw Broken("ball") }
            journal.note(try await me.next())
        }
        #expect(lines == ["report process (error: ball)", "EXIT (error: ball)"])
    }

    @Test("SP-025 names, labels and messages in any script are reported")
    func anyScript() throws {
        let texts = Locked<[String]>([])
        let virtual = VirtualNode()
        virtual.node.onReport { report in
            if case .crash(let crash) = report { texts.with { $0.append("\(crash)") } }
        }
        try virtual.run { _ in
            let server = try await Subject.start(name: "сервер 服务器 🦉") { Subject(SceneLog()) }
            _ = try? await server.call { .fail(Broken("ошибка 誤り"), $0) }
        }
        #expect(texts.value.count == 1)
        #expect(texts.value.allSatisfy { $0.contains("сервер 服务器 🦉") && $0.contains("ошибка 誤り") })
    }

    @Test("SP-026 SP-027 a thrown error is the reason itself, and so is an explicit exit, unwrapped")
    func reasons() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            me.spawnLink { _ in throw Broken("run-time error") }
            journal.note(try await me.next())
            me.spawnLink { _ in throw Exit(.error(Broken("chosen"))) }
            journal.note(try await me.next())
        }
        #expect(
            lines == [
                "report process (error: run-time error)", "EXIT (error: run-time error)",
                "report process (error: chosen)", "EXIT (error: chosen)",
            ])
    }
}

/// A server whose messages hold something secret.
private struct Safe: GenServer {
    enum Call: Sendable { case open(code: String, Reply<Bool>) }
    func handleCall(_ call: Call, _ me: Me) throws -> Next { throw Broken() }
    static func formatMessage(_ message: ServerMessage<Safe>) -> String { "a code" }
}

/// Begins what it shows as the library does, for one of its messages.
private struct Switchboard: GenServer {
    enum Cast: Sendable { case connect, hangUp }
    func handleCast(_ cast: Cast, _ me: Me) -> Next { .receive }
    static func formatMessage(_ message: ServerMessage<Switchboard>) -> String {
        if case .cast(.connect) = message { "cast of thousands" } else { message.description }
    }
}

/// Answers and fails.
private struct Rude: GenServer {
    enum Call: Sendable { case ping(Reply<Int>) }
    func handleCall(_ call: Call, _ me: Me) throws -> Next {
        switch call {
        case .ping(let reply):
            reply.send(1)
            throw Broken()
        }
    }
}

/// Fails when its client has the answer, or has given up.
private struct Hasty: GenServer {
    enum Call: Sendable { case answerAndFail(Reply<String>), failLate(Reply<String>) }

    func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .answerAndFail(let reply): reply("ok")
        case .failLate: try await pause(for: .seconds(5))
        }
        throw Broken()
    }
}

/// Fails when it is interrupted.
private struct Interrupted: GenServer {
    enum Cast: Sendable { case work }
    let journal: SceneLog

    func handleCast(_ cast: Cast, _ me: Me) async throws -> Next {
        do { try await pause(for: .seconds(60)) } catch {
            journal.note("interrupted")
            throw Broken("interrupted")
        }
        return .receive
    }

    func terminate(reason: ExitReason, _ me: Me) { journal.note("terminate (\(reason))") }
}
