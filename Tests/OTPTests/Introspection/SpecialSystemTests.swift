import OTP
import OTPTestKit
import Testing

/// A hand-written process under `SystemControl`.
@Suite struct SpecialSystemTests {
    /// Counts what it receives and echoes it; its state is the count.
    private static func start(_ echo: ProcessRef<Notice>? = nil) async throws -> ProcessRef<Notice> {
        try await spawnStart(receiving: Notice.self, name: "special") { me, started in
            var count = 0
            me.exposeState {
                if count < 0 { throw Broken("negative") }
                return count
            } replace: {
                if $0 == 13 { throw Broken("unlucky") }
                count = $0
            }
            started()
            while true {
                let notice = try await me.receive()
                count += 1
                if let echo {
                    echo.send(notice)
                    me.noteSent()
                }
            }
        }.process
    }

    @Test(
        "SP-015 SP-019 state, replacement, statistics and termination of a hand-written process; its name is free at DOWN"
    )
    func all() throws {
        let lines = try played { me, journal in
            let special = try await Self.start()
            special.send(.text("one"))
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await SystemControl.state(of: special, as: Int.self))")
            let new = try await SystemControl.replaceState(of: special) { (count: Int) in count + 10 }
            journal.note("\(new) \(try await SystemControl.state(of: special, as: Int.self))")
            journal.note("\(try await SystemControl.status(of: special.server).state ?? "none")")
            let name = ServerName<PlainBehavior<Notice>>("special")
            me.monitor(special.pid) { down in
                .text("DOWN (\(down.reason)), name free \(name.whereIs() == nil)")
            }
            try await SystemControl.terminate(special.server)
            journal.note(try await me.next())
        }
        #expect(lines == ["1", "11 11", "11", "DOWN (normal), name free true"])
    }

    @Test("SP-016 statistics of a hand-written process: what it receives, and what it says it has sent")
    func statistics() throws {
        let lines = try played { me, journal in
            let special = try await Self.start(me.ref)
            special.send(.text("before"))
            try await me.sleep(for: .milliseconds(1))
            try await SystemControl.startStatistics(of: special.server)
            for i in 0..<3 { special.send(.text("\(i)")) }
            try await me.sleep(for: .milliseconds(1))
            let counted = try await SystemControl.statistics(of: special.server)
            journal.note("\(counted?.received ?? -1) \(counted?.sent ?? -1)")
            try await SystemControl.stopStatistics(of: special.server)
            journal.note("\(try await SystemControl.statistics(of: special.server) == nil)")
        }
        #expect(lines == ["3 3", "true"])
    }

    @Test("SP-017 a state function that throws: whoever asked is told, and the process lives on")
    func failingFunctions() throws {
        let lines = try played { me, journal in
            let special = try await Self.start()
            await journal.note { try await SystemControl.replaceState(of: special) { (_: Int) in 13 } }
            await journal.note {
                try await SystemControl.replaceState(of: special) { (_: Int) in throw Broken("mine") }
            }
            journal.note("\(try await SystemControl.state(of: special, as: Int.self))")
            await journal.note { try await SystemControl.replaceState(of: special) { (_: Int) in -1 } }
            await journal.note { try await SystemControl.state(of: special, as: Int.self) }
            journal.note("\(try await SystemControl.status(of: special.server).state ?? "none")")
            journal.note("alive \(special.isAlive)")
        }
        let told = { (what: String) in "threw the function threw \(what); the process goes on as before" }
        #expect(
            lines == [
                told("unlucky"), told("mine"), "0", told("negative"), told("negative"),
                "the function that gives the state threw negative", "alive true",
            ])
    }

    @Test("a state of another type, and a process that shows none")
    func noSuchState() throws {
        let lines = try played { me, journal in
            let special = try await Self.start()
            await journal.note { try await SystemControl.state(of: special, as: String.self) }
            let closed = spawn(receiving: Notice.self) { its in _ = try await its.receive() }
            await journal.note { try await SystemControl.state(of: closed, as: Int.self) }
            journal.note("\(try await SystemControl.status(of: closed.server).state == nil)")
        }
        #expect(
            lines == [
                "threw the state is of type Int, not String",
                "threw the process has no state that it lets others see", "true",
            ])
    }

    @Test("a hand-written process that is suspended receives nothing until it is resumed")
    func suspend() throws {
        let lines = try played { me, journal in
            let special = try await Self.start(me.ref)
            try await SystemControl.suspend(special.server)
            special.send(.text("waits"))
            journal.note("\(try await me.leftovers())")
            journal.note("\(try await SystemControl.status(of: special.server).runState)")
            journal.note("\(try await SystemControl.state(of: special, as: Int.self))")
            try await SystemControl.resume(special.server)
            journal.note(try await me.next())
        }
        #expect(lines == ["[]", "suspended", "0", "waits"])
    }

    @Test("a hand-written process that is suspended does not go on because its time is over, before it is resumed")
    func timesWhileSuspended() throws {
        let lines = try played { me, journal in
            let special = spawn(receiving: Notice.self) { its in
                for round in 0..<3 {
                    let notice = try await its.receive(within: .seconds(2)) {
                        if case .text(let text) = $0 { text } else { nil }
                    }
                    journal.note("\(round) \(notice ?? "nothing") at \(its.node.now)")
                }
                try await its.sleep(for: .seconds(1))
                journal.note("slept till \(its.node.now)")
            }
            func suspended(for seconds: Int, _ body: () -> Void = {}) async throws {
                try await SystemControl.suspend(special.server)
                try await me.sleep(for: .seconds(seconds))
                body()
                journal.note("resumed at \(me.node.now)")
                try await SystemControl.resume(special.server)
                try await me.sleep(for: .milliseconds(10))
            }
            let begun = me.node.now
            // The times below are counted from here.
            journal.note("\(begun)")
            // The time is over, and is not, when it is resumed; a message has come meanwhile.
            try await suspended(for: 5)
            try await suspended(for: 1)
            try await me.sleep(for: .seconds(2))
            try await suspended(for: 5) { special.send(.text("something")) }
            try await suspended(for: 3)
            try await me.sleep(for: .seconds(10))
        }
        #expect(
            lines == [
                "1.0 seconds", "resumed at 6.0 seconds", "0 nothing at 6.0 seconds", "resumed at 7.01 seconds",
                "1 nothing at 8.0 seconds", "resumed at 14.02 seconds", "2 something at 14.02 seconds",
                "resumed at 17.03 seconds", "slept till 17.03 seconds",
            ])
    }
}
