import OTP
import OTPTestKit
import Testing

/// Whoever starts a process gives up before that is ready.
@Suite struct CancelledStartTests {
    @Test("a start in a task that is cancelled says so, and the half-started server is killed")
    func task() async throws {
        let node = Node(name: "cancelled starts", workers: 2)
        node.silence()
        let (entered, release) = (Latch(), Latch())
        let name = ServerName<Subject>("half")
        let task = Task {
            await node.with { () async -> String in
                do {
                    try await Subject.start(name: name) {
                        entered.open()
                        await release.wait()
                        return Subject(SceneLog())
                    }
                    return "started"
                } catch { return "\(error)" }
            }
        }
        await entered.wait()
        task.cancel()
        let text = await task.value
        #expect(text == "Subject was not started: whoever starts it has been cancelled or asked to end")
        #expect(node.with { name.pid } == nil)
        release.open()
        await node.shutdown()
    }

    @Test("so does one in a process that is asked to end, whatever it starts or waits for", arguments: 0..<4)
    func process(what: Int) throws {
        let lines = try played { me, journal in
            let name = ServerName<LateEnd>("late")
            let special = ServerName<PlainBehavior<Int>>("special")
            if what == 2 { try await LateEnd.start(name: name) { LateEnd() } }
            let starter = spawn { its in
                await journal.note {
                    switch what {
                    case 0:
                        try await Subject.start {
                            try await pause(for: .seconds(30))
                            return Subject(journal)
                        }
                    case 1:
                        _ = try await spawnStart(receiving: Int.self, name: special) { inner, started in
                            try await inner.sleep(for: .seconds(30))
                            started(1)
                        }
                    case 2: try await LateEnd.start(name: name) { LateEnd() }
                    default:
                        try await Supervisor(.oneForOne) {
                            Subject.child {
                                try await pause(for: .seconds(30))
                                return Subject(journal)
                            }
                        }.start()
                    }
                }
            }
            name.sendExit(.shutdown)
            try await me.sleep(for: .seconds(1))
            starter.sendExit(.shutdown)
            journal.note("\(await starter.waitForEnd()!)")
            try await me.sleep(for: .seconds(100))
            journal.note("processes \(me.node.processCount)")
        }
        #expect(lines == ["cancelled", "shutdown", "processes 1"])
    }

    @Test("a starter that is killed during a linked start takes the half-started server along; its name is free")
    func killed() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>("half")
            let starter = spawn { its in
                _ = try await Subject.startLink(its, name: name) { (_: Subject.Me) async throws in
                    try await pause(for: .seconds(5))
                    return Subject(journal)
                }
            }
            try await me.sleep(for: .seconds(1))
            journal.note("begun \(name.pid != nil)")
            starter.sendExit(.kill)
            try await me.sleep(for: .milliseconds(1))
            journal.note("free \(name.pid == nil)")
            try await me.sleep(for: .seconds(20))
            journal.note("processes \(me.node.processCount)")
        }
        #expect(lines == ["begun true", "free true", "processes 1"])
    }
}

/// Takes a while to end.
private struct LateEnd: GenServer {
    func terminate(reason: ExitReason, _ me: Me) async throws { try await pause(for: .seconds(4)) }
}
