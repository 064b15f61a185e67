import OTP
import OTPTestKit
import Testing

@Suite struct TaskAwaitTests {
    // MARK: ignore

    @Test("TK-030 the error of who may not ask names him as well as the owner")
    func namesTheAsker() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { try await $0.rest() }
            let other = spawn { other in
                if case .failure(let failure) = await task.result() {
                    journal.note("\("\(failure)".contains("\(other.pid)"))")
                }
            }
            _ = await other.waitForEnd()
        }
        #expect(lines == ["true"])
    }

    @Test("TK-021 the failure of a wait says which task, by its place, and how long was waited")
    func failureNamesPlaceAndLimit() throws {
        let lines = try played { me, journal in
            let line = #line + 1
            let task = ProcessTask.async { try await $0.rest() }
            do { try await task.value(timeout: .seconds(7)) } catch {
                let text = "\(error)"
                journal.note("\(text.contains("swift:\(line)")) \(text.contains("7.0 seconds"))")
            }
        }
        #expect(lines == ["true true"])
    }

    @Test("a task that calls its owner while he polls it for a limited time is answered afterwards")
    func pollIsNoDeadlock() throws {
        let lines = try played { me, journal in
            let server = try await Poller.start { Poller(journal: journal) }
            journal.note(try await server.call { .fetch($0) })
            try await me.sleep(for: .milliseconds(1))
            try await server.stop()
        }
        #expect(Set(lines) == ["nothing", "pong"])
    }

    @Test("TK-014 ignore takes an outcome that is there; awaiting afterwards fails")
    func ignoreOnTime() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { 1 }
            try await me.sleep(for: .seconds(1))
            journal.note(SceneLog.short(task.ignore()))
            await journal.value(of: task, within: .zero)
        }
        #expect(lines == ["ok 1", "alreadyTaken"])
    }

    @Test("TK-015 TK-017 ignore of a running task unlinks it; neither its value nor its crash is heard of")
    func ignoreLate() throws {
        let lines = try trapped { me, journal in
            for fails in [false, true] {
                let task = ProcessTask.async {
                    try await $0.sleep(for: .seconds(1))
                    if fails { throw Broken() }
                }
                journal.note(SceneLog.short(task.ignore()))
                journal.note("links \(me.snapshot()!.links) alive \(me.node.isAlive(task.pid!))")
                try await me.sleep(for: .seconds(2))
                journal.note("\(try await me.leftovers()) alive \(me.node.isAlive(task.pid!))")
                await journal.value(of: task)
            }
        }
        let each = ["nothing", "links [] alive true", "[] alive false", "alreadyTaken"]
        #expect(lines == each + each)
    }

    @Test("TK-016 ignore of a task that has failed gives the reason")
    func ignoreFailed() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try exit(.shutdown(detail: "enough")) }
            try await me.sleep(for: .seconds(1))
            journal.note(SceneLog.short(task.ignore()))
        }
        #expect(lines == ["exited (shutdown: enough)"])
    }

    @Test("TK-019 TK-071 a completed handle has no process: its outcome can be awaited, polled, ignored or shut down")
    func completed() throws {
        let lines = try played { _, journal in
            journal.note("\(String(describing: ProcessTask.completed(1).pid))")
            await journal.value(of: ProcessTask.completed(1))
            journal.note(SceneLog.short(ProcessTask.completed(2).ignore()))
            journal.note(SceneLog.short(await ProcessTask.completed(3).poll()))
            journal.note(SceneLog.short(await ProcessTask.completed(4).shutdown()))
            journal.note(SceneLog.short(await ProcessTask.completed(5).shutdown(.kill)))
            journal.note(SceneLog.short(await ProcessTask<Int>.failed(.normal).shutdown()))
            let (six, seven) = try await ProcessTask.awaitMany(ProcessTask.completed(6), ProcessTask.completed("7"))
            journal.note("\(six) \(seven)")
        }
        #expect(lines == ["nil", "ok 1", "ok 2", "ok 3", "ok 4", "ok 5", "exited (normal)", "6 7"])
    }

    // MARK: value

    @Test("TK-020 TK-021 a wait that times out gives the task up: nothing of it arrives later, and it is ended")
    func timeout() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try await $0.sleep(for: .seconds(10)) }
            await journal.value(of: task, within: .seconds(1))
            journal.note("now \(me.node.now)")
            journal.note("links \(me.snapshot()!.links)")
            journal.note("\(try await me.leftovers()) alive \(me.node.isAlive(task.pid!))")
            await journal.value(of: task)
            await journal.value("zero", of: ProcessTask.async { try await $0.rest() }, within: .zero)
        }
        #expect(
            lines == ["timeout", "now 2.0 seconds", "links []", "[] alive false", "alreadyTaken", "zero: timeout"])
    }

    @Test("TK-022 TK-027 a task that exits without a value: its reason, a normal one too")
    func exits() throws {
        let lines = try trapped { me, journal in
            await journal.value(of: ProcessTask.async { try exit(.normal) })
            await journal.value(of: ProcessTask.async { try exit(.shutdown(detail: "why")) })
            await journal.value(of: ProcessTask.async { try exit(.kill) })
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "exited (normal)", "exited (shutdown: why)", "exited (kill)",
                "[\"EXIT (normal)\", \"EXIT (shutdown: why)\", \"EXIT (kill)\"]",
            ])
    }

    @Test("TK-024 what a task throws is the error of its failure")
    func error() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { throw Broken("in two") }
            do { try await task.value() } catch let failure as TaskFailure {
                journal.note("\(failure.underlying as? Broken == Broken("in two")) \(failure.pid == task.pid)")
            }
        }
        #expect(lines == ["true true"])
    }

    @Test("a task that fails ends its owner, who is awaiting it, with its reason")
    func linkedFailure() throws {
        let lines = try played { me, journal in
            let owner = spawn(receiving: Notice.self) { _ in
                do { _ = try await ProcessTask.async { throw Broken() }.value() } catch let failure as TaskFailure {
                    journal.note("awaited \(SceneLog.short(failure))")
                }
            }
            journal.note("owner \(await owner.waitForEnd()!)")
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["awaited exited (error: broken)", "owner error: broken"])
    }

    @Test("TK-030 TK-049 TK-072 only the owner may ask: another process and a child task are refused, by name")
    func notOwner() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { try await $0.rest() }
            let owner = me.pid
            let other = spawn { _ in
                await journal.value(of: task)
                journal.note(SceneLog.short(await task.poll()))
                journal.note(SceneLog.short(await task.shutdown()))
                journal.note(SceneLog.short(task.ignore()))
                if case .failure(let failure) = await task.result() {
                    journal.note("names both \("\(failure)".contains("\(owner)") && failure.pid == task.pid)")
                }
            }
            _ = await other.waitForEnd()
            async let child = task.result()
            journal.note("child \(SceneLog.short(await child))")
            journal.note("alive \(me.node.isAlive(task.pid!))")
            journal.note(SceneLog.short(await task.poll()))
        }
        #expect(
            lines == [
                "notOwner", "notOwner", "notOwner", "notOwner", "names both true", "child notOwner", "alive true",
                "nothing",
            ])
    }

    @Test("an owner that is asked to end while it awaits: its wait is cancelled, and the task ends with it")
    func cancelledOwner() throws {
        let lines = try played { me, journal in
            let pid = Locked<PID?>(nil)
            let owner = spawn { _ in
                let task = ProcessTask.async { try await $0.rest() }
                pid.with { $0 = task.pid }
                await journal.value(of: task)
            }
            try await me.sleep(for: .seconds(1))
            owner.sendExit(.shutdown)
            journal.note("\(await owner.waitForEnd()!)")
            try await me.sleep(for: .seconds(1))
            journal.note("alive \(me.node.isAlive(pid.value!))")
        }
        #expect(lines == ["cancelled", "shutdown", "alive false"])
    }

    @Test("a task that calls its owner while that awaits it is refused: neither could go on")
    func cycle() throws {
        let lines = try played { me, journal in
            let server = try await Fetcher.start { Fetcher() }
            await journal.note { try await server.call { .fetch($0) } }
        }
        #expect(lines == ["cycle"])
    }
}

/// Waits in its handler for a task that asks the server itself.
private struct Fetcher: GenServer {
    enum Call: Sendable { case fetch(Reply<String>), ping(Reply<String>) }

    func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .ping(let reply): return reply("pong")
        case .fetch(let reply):
            let server = me.ref
            let task = ProcessTask.async { () async throws -> String in
                do { return try await server.call { .ping($0) } } catch let error as CallError {
                    return SceneLog.short(error)
                }
            }
            return reply(try await task.value())
        }
    }
}

/// Polls a task that asks the server itself.
private struct Poller: GenServer {
    enum Call: Sendable { case fetch(Reply<String>), ping(Reply<String>) }
    let journal: SceneLog

    func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .ping(let reply): return reply("pong")
        case .fetch(let reply):
            let (server, journal) = (me.ref, journal)
            let task = ProcessTask.async { () async throws -> Void in
                await journal.note { try await server.call { .ping($0) } }
            }
            return reply(SceneLog.short(await task.poll(within: .seconds(1))))
        }
    }
}
