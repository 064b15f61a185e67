import OTP
import OTPTestKit
import Testing

@Suite struct ServerStartTests {
    @Test("GS-001 a start returns when init is done, and the server answers at once")
    func start() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start {
                try await pause(for: .seconds(3))
                journal.note("init done")
                return Subject(journal)
            }
            journal.note("started")
            await journal.note { try await server.call { .ping($0) } }
            journal.note("linked \(me.snapshot()?.links.contains(server.pid) == true)")
        }
        #expect(lines == ["init done", "started", "pong", "linked false"])
    }

    @Test("GS-002 GS-012 a call to a server that has ended fails at once, by its reference and in any time")
    func callAfterEnd() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "named") { Subject(journal) }
            try await server.stop()
            let before = me.node.now
            await journal.note { try await server.call(timeout: .milliseconds(1)) { .ping($0) } }
            await journal.note { try await server.call(timeout: .seconds(1000)) { .ping($0) } }
            await journal.note { try await ServerName<Subject>("named").call { .ping($0) } }
            journal.note("waited \(me.node.now - before)")
        }
        #expect(
            lines == ["terminate (normal)", "noProcess", "noProcess", "noProcess", "waited 0.0 seconds"])
    }

    @Test("GS-003 a start whose init is quicker than its time limit succeeds")
    func startInTime() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(timeout: .seconds(10)) {
                try await pause(for: .seconds(9))
                return Subject(journal)
            }
            try await me.sleep(for: .seconds(100))
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["pong"])
    }

    @Test("GS-004 an init that takes too long: the start fails and the process is killed")
    func startTimeout() throws {
        let lines = try played { me, journal in
            let before = me.node.now
            await journal.note {
                try await Subject.start(name: "slow", timeout: .milliseconds(100)) {
                    try await pause(for: .seconds(1))
                    return Subject(journal)
                }
            }
            journal.note("after \(me.node.now - before), name free \(ServerName<Subject>("slow").whereIs() == nil)")
            try await me.sleep(for: .seconds(2))
            journal.note("processes \(me.node.processCount)")
        }
        #expect(lines == ["timeout", "after 0.1 seconds, name free true", "processes 1"])
    }

    @Test("GS-005 an init that declines: no server, no failure, nothing reported")
    func ignored() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            await journal.note { try await Subject.start { throw StartSignal.ignore } }
            await journal.note { try await Subject.startLink(me) { throw StartSignal.ignore } }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["ignored", "ignored", #"["EXIT (normal)"]"#])
    }

    @Test("GS-006 an init that throws: the start fails with its reason")
    func failingInit() throws {
        let lines = try played { me, journal in
            await journal.note { try await Subject.start { throw Broken("no disk") } }
            await journal.note { try await Subject.start { throw Exit(.shutdown) } }
            journal.note("processes \(me.node.processCount)")
        }
        #expect(
            lines == [
                "report Subject (error: no disk)", "failed (error: no disk)", "failed (shutdown)", "processes 1",
            ])
    }

    @Test("GS-007 GS-025 a linked server is in the links of its parent and passes its end on")
    func linkedEnd() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me) { Subject(journal) }
            journal.note("linked \(me.snapshot()?.links.contains(server.pid) == true)")
            server.cast(.stop(.shutdown(detail: "enough")))
            journal.note(try await me.next())
        }
        #expect(lines == ["linked true", "terminate (shutdown: enough)", "EXIT (shutdown: enough)"])
    }

    @Test("GS-008 a monitored start: the notice of the end comes, no exit does")
    func monitoredEnd() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let (server, _) = try await Subject.startMonitor(me, down: { .down($0) }) { Subject(journal) }
            await journal.note { try await server.call { .ping($0) } }
            server.cast(.stop(.shutdown))
            journal.note(try await me.next())
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["pong", "terminate (shutdown)", "DOWN (shutdown)", "[]"])
    }

    @Test("GS-009 GS-024 a local name is registered when the start returns")
    func localName() throws {
        let lines = try played { me, journal in
            let server = try await Subject.startLink(me, name: "local") { Subject(journal) }
            journal.note("\(ServerName<Subject>("local").whereIs() == server)")
            await journal.note { try await ServerName<Subject>("local").call { .ping($0) } }
        }
        #expect(lines == ["true", "pong"])
    }

    @Test("GS-010 GS-011 a taken name refuses every kind of start, leaves the holder alone and no stray notices")
    func nameTaken() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let holder = try await Subject.start(name: "taken") { Subject(journal) }
            for _ in 0..<20 {
                do throws(StartError) {
                    try await Subject.start(name: "taken") { Subject(journal) }
                } catch {
                    if case .alreadyStarted(let pid) = error.code, pid == holder.pid {} else { throw error }
                }
                await journal.note { try await Subject.startLink(me, name: "taken") { Subject(journal) } }
                await journal.note {
                    _ = try await Subject.startMonitor(me, name: "taken", down: { .down($0) }) { Subject(journal) }
                }
            }
            await journal.note { try await holder.call { .ping($0) } }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == Array(repeating: "alreadyStarted", count: 40) + ["pong", "[]"])
    }

    @Test("GS-013 GS-022 a global name: taken, called, free again; it is not the local one")
    func globalName() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>.global("world")
            let server = try await Subject.startLink(me, name: name) { Subject(journal) }
            await journal.note { try await name.call { .ping($0) } }
            await journal.note { try await Subject.start(name: name) { Subject(journal) } }
            journal.note("local \(ServerName<Subject>("world").whereIs() == nil)")
            try await server.stop()
            journal.note("free \(name.whereIs() == nil)")
        }
        #expect(lines == ["pong", "alreadyStarted", "local true", "terminate (normal)", "free true"])
    }

    @Test("GS-014 GS-023 names in a registry of the user's own work as others do")
    func viaName() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let name = ServerName<Subject>.via(Phonebook(), "ann")
            let server = try await Subject.start(name: name) { Subject(journal) }
            await journal.note { try await name.call { .ping($0) } }
            await journal.note { try await Subject.start(name: name) { Subject(journal) } }
            await journal.note { try await Subject.startLink(me, name: name) { Subject(journal) } }
            try await name.stop()
            journal.note("free \(name.whereIs() == nil), alive \(server.isAlive)")
            try await Subject.startLink(me, name: name) { Subject(journal) }
            name.cast(.stop(.shutdown))
            journal.note(try await me.next())
            await journal.note { try await name.call { .ping($0) } }
        }
        #expect(
            lines == [
                "pong", "alreadyStarted", "alreadyStarted", "terminate (normal)", "free true, alive false",
                "terminate (shutdown)", "EXIT (shutdown)", "noProcess",
            ])
    }

    @Test("GS-015 a sequence of starts and stops leaves nothing in the starter's mailbox")
    func nothingLeft() throws {
        let lines = try played { me, journal in
            let silent = SceneLog()
            for name in [nil] + everyKindOfName(Subject.self).map(Optional.some) {
                let server = try await Subject.start(name: name, timeout: .seconds(1)) { Subject(silent) }
                _ = try await server.call { .stop(.normal, $0) }
                _ = try? await server.call { .ping($0) }
                _ = try? await Subject.start(name: name, timeout: .milliseconds(1)) {
                    try await pause(for: .seconds(1))
                    return Subject(silent)
                }
                _ = try? await Subject.start(name: name) { throw StartSignal.ignore }
            }
            // Until the pauses of the inits are over.
            try await me.sleep(for: .seconds(2))
            journal.note("\(try await me.leftovers()), processes \(me.node.processCount)")
        }
        #expect(lines == ["[], processes 1"])
    }

    @Test("GS-016 GS-017 a name is free when a start that was declined returns", arguments: [0, 1, 2])
    func nameFreeAfterIgnore(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Subject.self)[kind]
            var held = 0
            for round in 0..<100 {
                if round % 2 == 0 {
                    _ = try? await Subject.start(name: name) { throw StartSignal.ignore }
                } else {
                    _ = try? await Subject.startLink(me, name: name) { throw StartSignal.ignore }
                }
                if name.whereIs() != nil { held += 1 }
            }
            journal.note("held \(held)")
        }
        #expect(lines == ["held 0"])
    }

    @Test("GS-018 a name is free when a start whose init fails returns", arguments: [0, 1, 2])
    func nameFreeAfterFailure(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Subject.self)[kind]
            for round in 0..<10 {
                do {
                    if round % 2 == 0 {
                        try await Subject.start(name: name) { throw Exit(.shutdown) }
                    } else {
                        try await Subject.start(name: name) { () async throws in throw Broken() }
                    }
                } catch { if name.whereIs() != nil { journal.note("held") } }
            }
            journal.note("free \(name.whereIs() == nil)")
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["free true"])
    }

    @Test("GS-020 a linked start that fails: its error, and an exit with the same reason for a starter that traps")
    func linkedFailure() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            await journal.note { try await Subject.startLink(me) { throw Broken() } }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["report Subject (error: broken)", "failed (error: broken)", #"["EXIT (error: broken)"]"#])
    }

    @Test("a linked start that exits by itself: the error and the exit give the same reason, whatever it is")
    func linkedExit() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            for reason in [ExitReason.normal, .shutdown, .kill] {
                await journal.note { try await Subject.startLink(me) { throw Exit(reason) } }
                await journal.note {
                    try await Subject.startLink(me) { (_: Subject.Me) async throws in throw Exit(reason) }
                }
                journal.note("\(try await me.leftovers())")
            }
        }
        let told = { (reason: String) in
            ["failed (\(reason))", "failed (\(reason))", #"["EXIT (\#(reason))", "EXIT (\#(reason))"]"#]
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == told("normal") + told("shutdown") + told("kill"))
    }

    @Test(
        "a linked start whose process is ended from outside in its init gives the error, and no exit", arguments: 0..<4)
    func endedInInit(how: Int) throws {
        let (byKill, isInline) = (how % 2 == 0, how >= 2)
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let name = ServerName<Subject>("half")
            let signal: ExitSignal = byKill ? .kill : .shutdown
            if isInline {
                await journal.note {
                    try await Subject.startLink(me, name: name) { its in
                        its.node.sendExit(signal, to: its.pid)
                        return Subject(journal)
                    }
                }
            } else {
                spawn { killer in
                    try await killer.sleep(for: .seconds(1))
                    name.sendExit(signal)
                }
                await journal.note {
                    try await Subject.startLink(me, name: name) {
                        try await pause(for: .seconds(10))
                        return Subject(journal)
                    }
                }
            }
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines.filter { !$0.hasPrefix("terminate") } == [byKill ? "failed (killed)" : "failed (shutdown)", "[]"])
    }

    @Test("a starter that does not trap exits ends with whom it starts, though it would have learnt why")
    func endedWithItsChild() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>("half")
            let starter = spawn { its in
                _ = try? await Subject.startLink(its, name: name) {
                    try await pause(for: .seconds(10))
                    return Subject(journal)
                }
            }
            try await me.sleep(for: .seconds(1))
            name.sendExit(.kill)
            journal.note("\(String(describing: await starter.waitForEnd()))")
        }
        #expect(lines.last == "Optional(killed)")
    }

    @Test("GS-026 a server without a name has none")
    func noName() throws {
        let lines = try played { me, journal in
            try await Subject.start(name: nil) { Subject(journal) }
            journal.note("\(me.node.registeredNames.count)")
        }
        #expect(lines == ["0"])
    }

    @Test("GS-027 a plain start links nobody: the server's end harms nobody")
    func notLinked() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            journal.note("linked \(me.snapshot()?.links.contains(server.pid) == true)")
            server.cast(.fail(Broken()))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["linked false", "terminate (error: broken)", "report Subject (error: broken)", "[]"])
    }

    @Test("GS-028 GS-029 what a child specification is told comes out of it, and the default otherwise")
    func childSpec() {
        let plain = Subject.child { throw StartSignal.ignore }
        #expect(plain.id == "Subject" && plain.restart == .permanent && plain.shutdown == .within(.seconds(5)))
        let special = Subject.child("other", name: "named", restart: .transient, shutdown: .infinity) {
            throw StartSignal.ignore
        }
        #expect(special.id == "other" && special.restart == .transient && special.shutdown == .infinity)
        #expect(Subject.child(name: "named") { throw StartSignal.ignore }.id == "named")
    }

    @Test("a linked start that takes too long leaves neither exit nor down")
    func linkedTimeout() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            await journal.note {
                try await Subject.startLink(me, timeout: .milliseconds(10)) {
                    try await pause(for: .seconds(1))
                    return Subject(journal)
                }
            }
            await journal.note {
                _ = try await Subject.startMonitor(me, timeout: .milliseconds(10), down: { .down($0) }) {
                    try await pause(for: .seconds(1))
                    return Subject(journal)
                }
            }
            try await me.sleep(for: .seconds(5))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["timeout", "timeout", "[]"])
    }

    @Test("what handleStart asks for comes before any message")
    func handleStartFirst() throws {
        let lines = try played { me, journal in
            try await Subject.start { its in
                its.send(.note("sent in init"))
                return Subject(journal, first: .continue([.note("first")]))
            }
            try await Subject.start { Subject(journal, first: .receive(within: .seconds(3), else: .idle)) }
            try await Subject.start { Subject(journal, first: .stop(.shutdown)) }
            try await me.sleep(for: .seconds(10))
        }
        #expect(lines == ["continue first", "info sent in init", "terminate (shutdown)", "idle"])
    }
}
