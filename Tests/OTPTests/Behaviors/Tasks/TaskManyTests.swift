import OTP
import OTPTestKit
import Testing

@Suite struct TaskManyTests {
    private static func after(_ seconds: Int) -> ProcessTask<Int> {
        ProcessTask.async {
            try await $0.sleep(for: .seconds(seconds))
            return seconds
        }
    }

    // MARK: awaitMany

    @Test("TK-044 a task of somebody else among them: refused, and those of the caller are left as they were")
    func foreignAmongOwn() throws {
        let lines = try played { me, journal in
            let foreign = ProcessTask.async { try await $0.rest() }
            let other = spawn { other in
                let own = ProcessTask.async { try await $0.rest() }
                do { _ = try await ProcessTask.awaitMany([own, foreign]) } catch { journal.note("refused") }
                try await other.sleep(for: .milliseconds(1))
                journal.note("alive \(other.node.isAlive(own.pid!)) \(SceneLog.short(await own.poll()))")
            }
            _ = await other.waitForEnd()
        }
        #expect(lines == ["refused", "alive true nothing"])
    }

    @Test("TK-031 TK-032 the values come in the order of the tasks, however they ended, in the time of the slowest")
    func order() throws {
        let lines = try played { me, journal in
            let tasks = [3, 1, 2].map(Self.after)
            journal.note("\(try await ProcessTask.awaitMany(tasks)) at \(me.node.now)")
            let (a, b, c) = try await ProcessTask.awaitMany(
                Self.after(2), ProcessTask.async { "text" }, ProcessTask.async { true })
            journal.note("\(a) \(b) \(c) at \(me.node.now)")
            journal.note("\(try await ProcessTask.awaitMany([ProcessTask<Int>]()))")
        }
        #expect(lines == ["[3, 1, 2] at 4.0 seconds", "2 text true at 6.0 seconds", "[]"])
    }

    @Test("TK-034 TK-035 messages that come meanwhile stay where they are")
    func otherMessages() throws {
        let lines = try played { me, journal in
            let task = Self.after(1)
            me.send(.text("one"))
            me.send(.text("two"), after: .milliseconds(500))
            journal.note("\(try await ProcessTask.awaitMany([task]))")
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["[1]", "[\"one\", \"two\"]"])
    }

    @Test("a task whose outcome is gone already keeps nobody from waiting for the others")
    func oneTaken() throws {
        let lines = try played { me, journal in
            let (taken, runs) = (Self.after(0), Self.after(2))
            _ = try await taken.value()
            let outcomes = await ProcessTask.outcomes(of: [taken, runs])
            journal.note(outcomes.map { SceneLog.short($0) }.joined(separator: ", "))
            let (gone, other) = (Self.after(0), Self.after(2))
            _ = try await gone.value()
            let polled = await ProcessTask.pollMany([gone, other])
            journal.note(polled.map { $0.map { SceneLog.short($0) } ?? "nothing" }.joined(separator: ", "))
        }
        #expect(lines == ["alreadyTaken, ok 2", "alreadyTaken, ok 2"])
    }

    @Test("TK-036 one time limit for all together; afterwards nothing of them arrives, and they are ended")
    func timeout() throws {
        let lines = try trapped { me, journal in
            let tasks = [1, 3, 5].map(Self.after)
            await journal.note { try await ProcessTask.awaitMany(tasks, timeout: .seconds(2)) }
            journal.note("at \(me.node.now), links \(me.snapshot()!.links)")
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(tasks.map { me.node.isAlive($0.pid!) })")
            journal.note("\(try await me.leftovers())")
            for task in tasks { await journal.value(of: task) }
        }
        #expect(lines.first?.contains("was not done in time") == true)
        #expect(
            lines.dropFirst() == [
                "at 3.0 seconds, links []", "[false, false, false]", "[\"EXIT (normal)\"]", "alreadyTaken",
                "alreadyTaken", "alreadyTaken",
            ])
    }

    @Test("TK-037 TK-040 TK-041 the first failure is thrown at once, whatever it is")
    func failure() throws {
        let lines = try trapped { me, journal in
            let failures: [@Sendable () throws -> Int] = [
                { throw Broken() }, { try exit(.shutdown(detail: "enough")) }, { try exit(.normal) },
            ]
            for fail in failures {
                let failing = ProcessTask.async { me in
                    try await me.sleep(for: .seconds(1))
                    return try fail()
                }
                let other = Self.after(4)
                do { _ = try await ProcessTask.awaitMany(other, failing) } catch let failure as TaskFailure {
                    journal.note("\(SceneLog.short(failure)) \(failure.pid == failing.pid)")
                }
            }
            journal.note("at \(me.node.now)")
        }
        #expect(
            lines == [
                "exited (error: broken) true", "exited (shutdown: enough) true", "exited (normal) true",
                "at 4.0 seconds",
            ])
    }

    @Test("TK-039 after a failure nothing is heard of the others, and they are ended")
    func failureEndsOthers() throws {
        let lines = try trapped { me, journal in
            let other = Self.after(10)
            let failing = ProcessTask.async { () async throws -> Int in throw Broken() }
            await journal.note { try await ProcessTask.awaitMany([other, failing]) }
            try await me.sleep(for: .milliseconds(1))
            journal.note("alive \(me.node.isAlive(other.pid!))")
            journal.note("\(try await me.leftovers())")
            journal.note(SceneLog.short(await other.poll()))
        }
        #expect(lines.dropFirst() == ["alive false", "[\"EXIT (error: broken)\"]", "alreadyTaken"])
    }

    @Test("TK-044 TK-056 a task of somebody else among them is refused; the others are untouched by him")
    func notOwner() throws {
        let lines = try played { me, journal in
            let task = Self.after(100)
            let other = spawn { _ in
                await journal.note { try await ProcessTask.awaitMany([Self.after(1), task]) }
                journal.note("\(await ProcessTask.pollMany([task]).map(SceneLog.short))")
                journal.note("\(await ProcessTask.outcomes(of: [task]).map { SceneLog.short($0) })")
            }
            _ = await other.waitForEnd()
            journal.note("\(SceneLog.short(await task.poll())) \(me.node.isAlive(task.pid!))")
        }
        #expect(lines.first?.contains("alone may ask") == true)
        #expect(lines.dropFirst() == ["[\"notOwner\"]", "[\"notOwner\"]", "nothing true"])
    }

    @Test("the same task twice is refused, not waited for") func twice() throws {
        let lines = try played { me, journal in
            let task = Self.after(1)
            await journal.note { try await ProcessTask.awaitMany([task, task], timeout: nil) }
        }
        #expect(lines.first?.contains("taken or given up") == true)
    }

    // MARK: pollMany

    @Test("TK-050 TK-057 the outcomes in the order of the tasks: a value, a failure, nothing yet")
    func poll() throws {
        let lines = try trapped { me, journal in
            let tasks = [
                Self.after(1), ProcessTask.async { throw Broken() }, Self.after(10),
                ProcessTask.async { try exit(.shutdown) },
            ]
            let results = await ProcessTask.pollMany(tasks, within: .seconds(2))
            journal.note("\(results.map(SceneLog.short)) at \(me.node.now)")
            journal.note("\(await ProcessTask.pollMany([ProcessTask<Int>]()).count)")
        }
        #expect(
            lines == [
                "[\"ok 1\", \"exited (error: broken)\", \"nothing\", \"exited (shutdown)\"] at 3.0 seconds", "0",
            ])
    }

    @Test("TK-051 those that are not done in time run on and may be asked for again")
    func pollTimeout() throws {
        let lines = try played { me, journal in
            let task = Self.after(2)
            journal.note("\(await ProcessTask.pollMany([task], within: .seconds(1)).map(SceneLog.short))")
            await journal.value(of: task)
        }
        #expect(lines == ["[\"nothing\"]", "ok 2"])
    }

    @Test("TK-052 on request those that are not done in time are killed, or let go", arguments: [true, false])
    func pollKills(kills: Bool) throws {
        let lines = try trapped { me, journal in
            let task = Self.after(9)
            let results = await ProcessTask.pollMany(
                [Self.after(1), task], within: .seconds(2), onTimeout: kills ? .kill : .ignore)
            journal.note("\(results.map(SceneLog.short))")
            journal.note("\(me.node.isAlive(task.pid!)) links \(me.snapshot()!.links)")
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["[\"ok 1\", \"nothing\"]", "\(!kills) links []", "[\"EXIT (normal)\"]"])
    }

    @Test("TK-054 a task that ended normally without a value")
    func pollNormal() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { () async throws -> Int in try exit(.normal) }
            journal.note("\(await ProcessTask.pollMany([task]).map(SceneLog.short))")
        }
        #expect(lines == ["[\"exited (normal)\"]"])
    }

    @Test("TK-059 a limit above the number of tasks waits for all; one below it for as many, and leaves the others")
    func pollLimit() throws {
        let lines = try played { me, journal in
            let tasks = [3, 1, 2].map(Self.after)
            let first = await ProcessTask.pollMany(tasks, within: .seconds(10), limit: 2)
            journal.note("\(first.map(SceneLog.short)) at \(me.node.now)")
            await journal.value(of: tasks[0])
            let rest = await ProcessTask.pollMany([1, 2].map(Self.after), within: .seconds(10), limit: 5)
            journal.note("\(rest.map(SceneLog.short)) at \(me.node.now)")
            journal.note("\(await ProcessTask.pollMany([Self.after(1)], limit: 0).map(SceneLog.short))")
        }
        #expect(
            lines == [
                "[\"nothing\", \"ok 1\", \"ok 2\"] at 3.0 seconds", "ok 3", "[\"ok 1\", \"ok 2\"] at 6.0 seconds",
                "[\"nothing\"]",
            ])
    }

    @Test("TK-060 reaching the limit kills nobody; the end of the time does")
    func pollLimitAndTimeout() throws {
        let lines = try played { me, journal in
            let tasks = [1, 2, 9].map(Self.after)
            let first = await ProcessTask.pollMany(tasks, within: .seconds(5), limit: 1, onTimeout: .kill)
            journal.note("\(first.map(SceneLog.short)) \(tasks.map { me.node.isAlive($0.pid!) })")
            let rest = await ProcessTask.pollMany(
                Array(tasks.dropFirst()), within: .seconds(2), limit: 2, onTimeout: .kill)
            journal.note("\(rest.map(SceneLog.short)) \(tasks.map { me.node.isAlive($0.pid!) })")
        }
        #expect(
            lines == [
                "[\"ok 1\", \"nothing\", \"nothing\"] [false, true, true]",
                "[\"ok 2\", \"nothing\"] [false, false, false]",
            ])
    }

    @Test("TK-061 without a time limit it waits for all")
    func pollForEver() throws {
        let lines = try played { me, journal in
            let results = await ProcessTask.pollMany([1000, 2000].map(Self.after), within: nil)
            journal.note("\(results.map(SceneLog.short))")
        }
        #expect(lines == ["[\"ok 1000\", \"ok 2000\"]"])
    }

    @Test("outcomes: what became of each, with their own types; those that take too long are given up")
    func outcomes() throws {
        let lines = try trapped { me, journal in
            let late = Self.after(9)
            let (a, b, c) = await ProcessTask.outcomes(
                of: ProcessTask.async { "text" }, ProcessTask.async { () async throws -> Int in throw Broken() }, late,
                timeout: .seconds(1))
            journal.note("\(SceneLog.short(a)), \(SceneLog.short(b)), \(SceneLog.short(c)) at \(me.node.now)")
            try await me.sleep(for: .milliseconds(1))
            journal.note("alive \(me.node.isAlive(late.pid!))")
        }
        #expect(lines == ["ok text, exited (error: broken), timeout at 2.0 seconds", "alive false"])
    }
}
