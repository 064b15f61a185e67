import OTP
import OTPTestKit
import Testing

@Suite struct AgentTests {
    struct Config: Sendable, Equatable {
        var timeout = 5
        var key: String?
    }

    /// What must not leave the agent.
    final class Ledger {
        var lines: [String] = []
    }

    @Test("AG-013 sys:get_state and sys:replace_state of an agent, while it is suspended")
    func systemState() throws {
        let lines = try played { me, journal in
            let agent = try await Agent.start { [1] }
            try await SystemControl.suspend(agent)
            let reader = ProcessTask.async { journal.note("got \(try await agent.get())") }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await SystemControl.state(of: agent) { $0.state })")
            try await SystemControl.replaceState(of: agent) { $0.state.append(2) }
            await journal.note { try await SystemControl.replaceState(of: agent) { _ in throw Broken() } }
            try await SystemControl.resume(agent)
            try await reader.value()
        }
        #expect(lines.count == 3 && lines[0] == "[1]" && lines[1].contains("broken") && lines[2] == "got [1, 2]")
    }

    @Test("AG-001 an agent is a child of a supervisor, with its state made anew at each start")
    func child() throws {
        let lines = try played { me, journal in
            let name = AgentName<Config>("config")
            let tree = try await Supervisor(.oneForOne) { Agent(name) { Config() } }.start()
            try await name.update { $0.timeout = 9 }
            journal.note("\(try await name.get { $0.timeout })")
            let first = name.pid
            name.cast { _ in throw Broken() }
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await name.get(\.timeout)) \(name.pid != first)")
            try await tree.stop()
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["9", "5 true"])
    }

    @Test("AG-002 what its specification says by itself, and what can be chosen")
    func spec() {
        let plain = Agent { 1 }.childSpec
        #expect(plain.id == "Agent")
        #expect(plain.restart == .permanent)
        #expect(plain.shutdown == .within(.seconds(5)))
        let chosen = Agent("counter", id: "the counter", restart: .transient, shutdown: .kill) { 1 }
        #expect(chosen.childSpec.id == "the counter")
        #expect(chosen.childSpec.restart == .transient)
        #expect(chosen.childSpec.shutdown == .kill)
        #expect(Agent("counter") { 1 }.childSpec.id == "counter")
    }

    @Test("AG-004 AG-009 an agent says where its state is made; what is said about its mailbox holds")
    func place() throws {
        let lines = try played { me, journal in
            let line = #line + 1
            let agent = try await Agent.start(options: ServerOptions(mailbox: .atMost(1))) { 1 }
            journal.note("\(me.node.snapshot(of: agent.pid)?.label == "made at OTPTests/AgentTests.swift:\(line)")")
            try await SystemControl.suspend(agent)
            agent.cast { $0 += 1 }
            agent.cast { $0 += 10 }
            await journal.note { try await agent.get() }
            try await SystemControl.resume(agent)
            journal.note("\(try await agent.get())")
        }
        #expect(lines == ["true", "overloaded", "2"])
    }

    @Test("AG-005 AG-006 AG-007 update changes, get leaves as it is, getAndUpdate does both in one step")
    func workflow() throws {
        let lines = try played { me, journal in
            let agent = try await Agent.startLink(me) { 0 }
            journal.note("\(me.snapshot()!.links == [agent.pid])")
            await journal.note { try await agent.update { $0 += 1 } }
            journal.note("\(try await agent.get(timeout: .seconds(3)) { $0 }) \(try await agent.get())")
            journal.note("\(try await agent.getAndUpdate { state in defer { state += 1 }; return "was \(state)" })")
            journal.note("\(try await agent.get { $0 * 10 })")
        }
        #expect(lines == ["true", "ok", "1 1", "was 1", "20"])
    }

    @Test(
        "AG-010 AG-011 AG-012 started under a name: a cast is done before what the same caller asks next; then stopped")
    func named() throws {
        let lines = try played { me, journal in
            let name = AgentName<[String]>("list")
            let agent = try await Agent.start(name: name) { ["a"] }
            journal.note("\(me.snapshot()!.links) \(name.pid == agent.pid)")
            let more = "b"
            name.cast { $0.append(more) }
            journal.note("\(try await name.get())")
            await journal.note("again") { try await Agent.start(name: name) { [] } }
            try await name.stop()
            journal.note("\(me.node.snapshot(of: agent.pid) == nil) \(name.pid == nil)")
            await journal.note { try await name.get() }
            name.cast { $0.append("nobody") }
        }
        #expect(
            lines == ["[] true", "[\"a\", \"b\"]", "again: alreadyStarted", "true true", "noProcess"])
    }

    @Test("a function that throws ends the agent, and its caller is told why", arguments: ["get", "update", "both"])
    func crash(_ kind: String) throws {
        let lines = try played { me, journal in
            let agent = try await Agent.start { 1 }
            await journal.note { () async throws in
                switch kind {
                case "get": _ = try await agent.get { _ -> Int in throw Broken() }
                case "update": try await agent.update { _ in throw Broken() }
                default: _ = try await agent.getAndUpdate { _ -> Int in throw Broken() }
                }
            }
            journal.note("\(agent.isAlive)")
            await journal.note { try await agent.get() }
        }
        #expect(
            lines == [
                "report AgentServer<Int> (error: broken)", "exited (error: broken)", "false", "noProcess",
            ])
    }

    @Test("a linked agent that fails ends the process that started it, and the other way round") func linked() throws {
        let lines = try played { me, journal in
            let box = Locked<AgentRef<Int>?>(nil)
            let owner = spawn { its in
                let agent = try await Agent.startLink(its) { 1 }
                box.with { $0 = agent }
                try await its.rest()
            }
            try await me.sleep(for: .milliseconds(1))
            box.value!.cast { _ in throw Broken() }
            journal.note("\(await owner.waitForEnd()!)")
            let other = spawn { its in
                let agent = try await Agent.startLink(its) { 1 }
                box.with { $0 = agent }
                throw Exit(.shutdown)
            }
            _ = await other.waitForEnd()
            journal.note("\(await box.value!.waitForEnd()!)")
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["error: broken", "shutdown"])
    }

    @Test("a state that cannot be made, or declines, is a failed start; one that takes too long too") func start()
        throws
    {
        let lines = try played { me, journal in
            await journal.note { try await Agent.start { () async throws -> Int in throw Broken() } }
            await journal.note { try await Agent.start { () async throws -> Int in throw StartSignal.ignore } }
            await journal.note {
                try await Agent.start(timeout: .seconds(1)) { () async throws -> Int in
                    try await pause(for: .seconds(2))
                    return 1
                }
            }
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["failed (error: broken)", "ignored", "timeout"])
    }

    @Test("functions wait for those before them, each at most for its time") func timeout() throws {
        let lines = try played { me, journal in
            let agent = try await Agent.start { 0 }
            try await SystemControl.suspend(agent)
            agent.cast { $0 += 1 }
            await journal.note { try await agent.get(timeout: .seconds(1)) }
            await journal.note { try await agent.update(timeout: .seconds(1)) { $0 += 10 } }
            await journal.note { try await agent.getAndUpdate(timeout: .seconds(1)) { $0 += 100 } }
            try await SystemControl.resume(agent)
            journal.note("\(try await agent.get()) at \(me.node.now)")
        }
        #expect(lines == ["timeout", "timeout", "timeout", "111 at 4.0 seconds"])
    }

    @Test("an agent has a global name, or a local one, which leads to nobody once it has stopped")
    func namedAnywhere() throws {
        let lines = try played { me, journal in
            let names: [AgentName<Int>] = [.global("agent"), AgentName("agent")]
            for name in names {
                let agent = try await Agent.start(name: name) { 5 }
                try await name.update { $0 += 1 }
                journal.note("\(name.pid == agent.pid) \(try await name.get())")
            }
            for name in names {
                try await name.stop()
                name.cast { $0 += 1 }
                await journal.note { try await name.get() }
            }
        }
        #expect(lines == ["true 6", "true 6", "noProcess", "noProcess"])
    }

    @Test("an agent found through a registry of one's own") func via() throws {
        let lines = try played { _, journal in
            let name = AgentName<Int>.via(Phonebook(), "ann")
            try await Agent.start(name: name) { 7 }
            journal.note("\(try await name.get())")
            try await name.stop()
        }
        #expect(lines == ["7"])
    }

    @Test("the state need not be Sendable; what is made of it and nobody else's may cross all the same") func crossing()
        throws
    {
        let lines = try played { _, journal in
            let agent = try await Agent.start { Ledger() }
            try await agent.update { $0.lines.append("one") }
            agent.cast { $0.lines.append("two") }
            let copy = try await agent.get { ledger in
                let copy = Ledger()
                copy.lines = ledger.lines
                return copy
            }
            copy.lines.append("three")
            journal.note("\(copy.lines) \(try await agent.get(\.lines))")
            let old = try await agent.getAndUpdate { ledger in
                let fresh = Ledger()
                fresh.lines = [ledger.lines[0]]
                ledger.lines = []
                return fresh
            }
            journal.note("\(old.lines) \(try await agent.get { $0.lines.count })")
        }
        #expect(lines == ["[\"one\", \"two\", \"three\"] [\"one\", \"two\"]", "[\"one\"] 0"])
    }

    @Test("many callers at once: every update counts") func concurrent() async throws {
        let agent = try await Agent.start { 0 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { for _ in 0..<20 { try await agent.update { $0 += 1 } } }
            }
            try await group.waitForAll()
        }
        #expect(try await agent.get() == 1000)
        try await agent.stop()
    }
}
