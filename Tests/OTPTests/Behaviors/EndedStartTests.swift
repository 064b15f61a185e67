import OTP
import OTPTestKit
import Testing

/// A process is told to end while its `init` runs, and the `init` comes to its end all the same.
@Suite struct EndedStartTests {
    @Test(
        "what an init has made although its process was told to end gets its terminate, and then the start has failed")
    func server() throws {
        let lines = try played { me, journal in
            let (name, mayGoOn) = (ServerName<Subject>("half"), Latch())
            let starter = Self.starter(name, mayGoOn, journal) { Subject(journal) }
            try await Self.end(name, mayGoOn, me)
            _ = await starter.waitForEnd()
            journal.note("free \(name.pid == nil)")
        }
        #expect(lines == ["terminate (shutdown)", "failed (shutdown)", "free true"])
    }

    @Test("so does a machine, in its initial state")
    func machine() throws {
        let lines = try played { me, journal in
            let (name, mayGoOn) = (ServerName<Told>("half"), Latch())
            let starter = Self.starter(name, mayGoOn, journal) { Told(journal) }
            try await Self.end(name, mayGoOn, me)
            _ = await starter.waitForEnd()
            journal.note("free \(name.pid == nil)")
        }
        #expect(lines == ["terminate (shutdown) in idle", "failed (shutdown)", "free true"])
    }

    @Test("one that was killed gets none")
    func killed() throws {
        let lines = try played { me, journal in
            let (name, mayGoOn) = (ServerName<Subject>("half"), Latch())
            let starter = Self.starter(name, mayGoOn, journal) { Subject(journal) }
            try await me.sleep(for: .seconds(1))
            name.sendExit(.kill)
            _ = await starter.waitForEnd()
            mayGoOn.open()
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["failed (killed)"])
    }

    @Test("a supervisor that ends while a child starts again waits for that one's terminate", arguments: [false, true])
    func supervised(dynamic: Bool) throws {
        let lines = try played { me, journal in
            let (name, mayGoOn, number) = (ServerName<Subject>("half"), Latch(), Locked(0))
            let make: @Sendable (Subject.Me) async throws -> Subject = { _ in
                let isFirst = number.with { number in
                    number += 1
                    return number == 1
                }
                if !isFirst { await mayGoOn.wait() }
                return Subject(journal)
            }
            let stop: @Sendable () async throws -> Void
            if dynamic {
                let children = DynamicSupervisor<Int, ServerRef<Subject>>(
                    restart: .permanent, name: { _ in name }
                ) {
                    try await make($1)
                }
                let supervisor = try await children.start()
                try await children.startChild(1)
                stop = { try await supervisor.stop() }
            } else {
                let children = try await Supervisor(.oneForOne) { Subject.child(name: name, make) }.start()
                stop = { try await children.stop() }
            }
            name.sendExit(.reason(.error(Broken())))
            try await me.sleep(for: .seconds(1))
            let stopper = spawn { _ in
                try await stop()
                journal.note("stopped")
            }
            try await me.sleep(for: .seconds(1))
            journal.note("told")
            mayGoOn.open()
            _ = await stopper.waitForEnd()
        }
        #expect(
            lines.filter { !$0.hasPrefix("report") } == [
                "terminate (error: broken)", "told", "terminate (shutdown)", "stopped",
            ])
    }

    @Test(
        "the time for a start is not for the terminate of who was told to end: that has its own",
        arguments: [false, true])
    func startTimeout(supervised: Bool) throws {
        let lines = try played { me, journal in
            let (name, mayGoOn, isFirst) = (ServerName<LongEnd>("half"), Latch(), Locked(true))
            let make: @Sendable () async throws -> LongEnd = {
                let waits = isFirst.with { isFirst in
                    defer { isFirst = false }
                    return !isFirst || !supervised
                }
                if waits { await mayGoOn.wait() }
                return LongEnd(journal)
            }
            let starter: ProcessRef<Never>
            if supervised {
                let supervisor = try await Supervisor(.oneForOne) {
                    LongEnd.child(name: name, options: ServerOptions(timeout: .seconds(2)), make)
                }.start()
                name.sendExit(.kill)
                try await me.sleep(for: .seconds(1))
                starter = spawn { _ in
                    try await supervisor.stop()
                    journal.note("stopped")
                }
            } else {
                starter = spawn { _ in
                    await journal.note {
                        try await LongEnd.start(name: name, timeout: .seconds(2), make)
                        return "started"
                    }
                }
                try await me.sleep(for: .seconds(1))
                name.sendExit(.shutdown)
            }
            try await me.sleep(for: .milliseconds(500))
            mayGoOn.open()
            _ = await starter.waitForEnd()
            try await me.sleep(for: .seconds(10))
        }
        #expect(
            lines.filter { !$0.hasPrefix("report") } == (supervised ? ["through", "stopped"] : ["timeout", "through"]))
    }

    @Test("a child that is told to end in its init, and for longer than its start may take, has not started")
    func longLeave() throws {
        let lines = try played { me, journal in
            let (name, mayGoOn) = (ServerName<LongEnd>("half"), Latch())
            let supervisor = try await DynamicSupervisor().start()
            let starter = spawn { _ in
                await journal.note {
                    try await supervisor.startChild(
                        LongEnd.child(name: name, restart: .transient, options: ServerOptions(timeout: .seconds(2))) {
                            await mayGoOn.wait()
                            return LongEnd(journal)
                        })
                    return "started"
                }
            }
            try await me.sleep(for: .seconds(1))
            name.sendExit(.shutdown)
            try await me.sleep(for: .milliseconds(500))
            mayGoOn.open()
            try await me.sleep(for: .seconds(2))
            journal.note("over time")
            _ = await starter.waitForEnd()
            journal.note("\(try await supervisor.childCounts().specs) left")
            try await supervisor.stop()
        }
        let failure = "threw child \"half\" failed to start: \(Exit(.shutdown))"
        #expect(lines.filter { !$0.hasPrefix("report") } == ["over time", "through", failure, "0 left"])
        #expect(!lines.contains { $0.contains("started") })
    }

    /// Starts one whose `init` waits, and notes what has become of that.
    private static func starter<S: StatefulBehavior>(
        _ name: ServerName<S>, _ mayGoOn: Latch, _ journal: SceneLog, _ make: @escaping @Sendable () -> S
    ) -> ProcessRef<Never> {
        spawn { _ in
            await journal.note {
                try await S.start(name: name) {
                    await mayGoOn.wait()
                    return make()
                }
                return "started"
            }
        }
    }

    /// Tells it to end while its `init` waits, and then lets that go on.
    private static func end(
        _ name: ServerName<some StatefulBehavior>, _ mayGoOn: Latch, _ me: PlainProcess<some Sendable>
    ) async throws {
        try await me.sleep(for: .seconds(1))
        name.sendExit(.shutdown)
        try await me.sleep(for: .seconds(1))
        mayGoOn.open()
    }
}

/// Takes three seconds to end.
private struct LongEnd: GenServer {
    let journal: SceneLog
    init(_ journal: SceneLog) { self.journal = journal }

    func terminate(reason: ExitReason, _ me: Me) async throws {
        try await pause(for: .seconds(3))
        journal.note("through")
    }
}
