import OTP
import OTPTestKit
import Testing

@Suite struct TaskShutdownTests {
    /// A task that ended as `body` says a second ago; with what asking for it gives.
    private static func ended(
        _ ask: @escaping @Sendable (ProcessTask<Int>) async -> Result<Int, TaskFailure>?,
        _ body: @escaping @Sendable () throws -> Int
    ) throws -> String {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try body() }
            try await me.sleep(for: .seconds(1))
            journal.note(SceneLog.short(await ask(task)))
            journal.note("\(try await me.leftovers().filter { $0.hasPrefix("DOWN") })")
        }
        #expect(lines.last == "[]")
        return lines[0]
    }

    // MARK: poll

    @Test("shutdown without any time ends a task as it was told to; one that was killed before has not ended so")
    func shutdownWithinZero() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try await $0.rest() }
            let killed = ProcessTask.async { try await $0.rest() }
            try await me.sleep(for: .milliseconds(1))
            journal.note(SceneLog.short(await task.shutdown(.within(.zero))))
            me.sendExit(.kill, to: killed.pid!)
            try await me.sleep(for: .milliseconds(1))
            journal.note(SceneLog.short(await killed.shutdown(.within(.zero))))
        }
        #expect(lines == ["nothing", "exited (killed)"])
    }

    @Test("who waits for a task that was shut down, and does not catch it, ends in an orderly way")
    func waitForShutDown() throws {
        let lines = try played { me, journal in
            let waiting = spawn(receiving: Int.self) { me in
                let tasks = TaskSupervisor("tasks")
                _ = try await tasks.start()
                let task = try await tasks.asyncNoLink { task in throw Exit(.shutdown) }
                try await task.value()
            }
            let reason = await waiting.waitForEnd()!
            journal.note("\(reason.isExpected) \("\(reason)".hasPrefix("shutdown: task"))")
        }
        #expect(lines == ["true true"])
    }

    @Test("TK-045 a value that is there is what poll gives, also of a task that was killed afterwards")
    func pollValue() throws {
        #expect(
            try Self.ended {
                await $0.poll()
            } _: {
                1
            } == "ok 1")
    }

    @Test("TK-046 poll gives nothing while the task runs, and may ask again")
    func pollAgain() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async {
                try await $0.sleep(for: .seconds(3))
                return 1
            }
            journal.note(SceneLog.short(await task.poll()))
            journal.note(SceneLog.short(await task.poll(within: .seconds(1))))
            journal.note("at \(me.node.now)")
            journal.note(SceneLog.short(await task.poll(within: nil)))
            journal.note(SceneLog.short(await task.poll()))
        }
        #expect(lines == ["nothing", "nothing", "at 2.0 seconds", "ok 1", "alreadyTaken"])
    }

    @Test("TK-047 poll gives the reason of a task that ended without a value, normally too")
    func pollExit() throws {
        #expect(
            try Self.ended {
                await $0.poll()
            } _: {
                try exit(.normal)
            } == "exited (normal)")
        #expect(
            try Self.ended {
                await $0.poll()
            } _: {
                throw Broken()
            } == "exited (error: broken)")
    }

    // MARK: shutdown

    @Test(
        "TK-062 TK-064 TK-075 a value that is there is what shutdown gives, however it ends", arguments: [true, false])
    func value(kill: Bool) throws {
        let how: Shutdown = kill ? .kill : .within(.seconds(5))
        #expect(
            try Self.ended {
                await $0.shutdown(how)
            } _: {
                1
            } == "ok 1")
    }

    @Test("TK-076 TK-077 a value counts even if the process is told to end before anybody took it")
    func valueAndSignal() throws {
        let lines = try trapped { me, journal in
            for how in [Shutdown.kill, .within(.seconds(1)), .infinity] {
                let task = ProcessTask.async { 7 }
                try await me.sleep(for: .seconds(1))
                me.sendExit(.kill, to: task.pid!)
                journal.note(SceneLog.short(await task.shutdown(how)))
            }
        }
        #expect(lines == ["ok 7", "ok 7", "ok 7"])
    }

    @Test("TK-065 a running task is ended and gives nothing; nobody else is harmed or told")
    func running() throws {
        let lines = try trapped { me, journal in
            for how in [Shutdown.within(.seconds(5)), .infinity, .kill] {
                let task = ProcessTask.async { task -> Int in
                    try await task.rest()
                    return 1
                }
                try await me.sleep(for: .milliseconds(1))
                journal.note("\(SceneLog.short(await task.shutdown(how))) \(me.node.isAlive(task.pid!))")
                journal.note("\(me.snapshot()!.links) \(try await me.leftovers())")
            }
        }
        #expect(lines == Array(repeating: ["nothing false", "[] []"], count: 3).flatMap { $0 })
    }

    @Test("the owner of a task that is shut down need not trap exits") func notTrapping() throws {
        let lines = try played { me, journal in
            for how in [Shutdown.within(.seconds(5)), .kill] {
                let task = ProcessTask.async { try await $0.rest() }
                journal.note("\(await task.shutdown(how) == nil)")
            }
            try await me.sleep(for: .seconds(1))
            journal.note("lives")
        }
        #expect(lines == ["true", "true", "lives"])
    }

    @Test("TK-066 TK-067 TK-069 a task that had ended by itself: its reason, but none for the one asked for")
    func endedBefore() throws {
        let soft: @Sendable (ProcessTask<Int>) async -> Result<Int, TaskFailure>? = { await $0.shutdown() }
        #expect(try Self.ended(soft) { throw Broken() } == "exited (error: broken)")
        #expect(try Self.ended(soft) { try exit(.normal) } == "exited (normal)")
        #expect(try Self.ended(soft) { try exit(.killed) } == "exited (killed)")
        #expect(try Self.ended(soft) { try exit(.shutdown(detail: "why")) } == "exited (shutdown: why)")
        #expect(try Self.ended(soft) { try exit(.shutdown) } == "nothing")
    }

    @Test("TK-079 TK-080 TK-081 with kill: every reason that is not killed is told, shutdown too")
    func endedBeforeKill() throws {
        let hard: @Sendable (ProcessTask<Int>) async -> Result<Int, TaskFailure>? = { await $0.shutdown(.kill) }
        #expect(try Self.ended(hard) { throw Broken() } == "exited (error: broken)")
        #expect(try Self.ended(hard) { try exit(.normal) } == "exited (normal)")
        #expect(try Self.ended(hard) { try exit(.shutdown) } == "exited (shutdown)")
        #expect(try Self.ended(hard) { try exit(.killed) } == "nothing")
    }

    @Test("TK-074 a task whose outcome was taken is no process any more")
    func taken() throws {
        let lines = try played { me, journal in
            for how in [Shutdown.within(.seconds(5)), .kill] {
                let task = ProcessTask.async { 1 }
                await journal.value(of: task)
                journal.note(SceneLog.short(await task.shutdown(how)))
            }
        }
        #expect(lines == ["ok 1", "exited (no process)", "ok 1", "exited (no process)"])
    }

    @Test("a task that does not end when asked to is killed when the time is over, and that is told") func tooSlow()
        throws
    {
        let lines = try trapped { me, journal in
            let latch = Latch()
            let task = ProcessTask.async {
                await latch.wait()
                return 1
            }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(SceneLog.short(await task.shutdown(.within(.seconds(2))))) at \(me.node.now)")
            latch.open()
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["exited (killed) at 3.001 seconds", "[]"])
    }

    @Test("a value that is returned after the signal to end counts no more") func lateValue() throws {
        let lines = try trapped { me, journal in
            let latch = Latch()
            let task = ProcessTask.async {
                await latch.wait()
                return 1
            }
            try await me.sleep(for: .milliseconds(1))
            me.sendExit(.shutdown, to: task.pid!)
            latch.open()
            journal.note(SceneLog.short(await task.result()))
        }
        #expect(lines == ["exited (shutdown)"])
    }
}
