import OTP
import OTPTestKit
import Testing

@Suite struct TaskStreamTests {
    /// Sleeps for as many seconds as the item says, and gives it back.
    private static let slowly: @Sendable (Int) async throws -> Int = { item in
        try await ProcessTask.me!.sleep(for: .seconds(item))
        return item
    }

    @Test("an item over its time takes no outcome along that had come before")
    func outcomesBeforeTheTimeout() throws {
        let lines = try trapped { me, journal in
            var outcomes = ProcessTask.asyncStream(
                [1, 2, 100], maxConcurrency: 3, timeout: .seconds(5), body: Self.slowly
            ).makeAsyncIterator()
            do {
                while let outcome = try await outcomes.next() {
                    journal.note(SceneLog.short(outcome))
                    try await me.sleep(for: .seconds(10))
                }
            } catch let failure as TaskFailure { journal.note("threw \(SceneLog.short(failure))") }
        }
        #expect(lines == ["ok 1", "ok 2", "threw timeout"])
    }

    @Test("TK-084 a stream whose items may take no time at all times out; that is no wrong option")
    func zeroTimeout() throws {
        let lines = try trapped { me, journal in
            await journal.outcomes(of: ProcessTask.asyncStream([9], timeout: .zero, body: Self.slowly))
        }
        #expect(lines == ["threw timeout"])
    }

    @Test("TK-095 TK-096 TK-097 a function over all items, in their order; nothing is left behind")
    func ordered() throws {
        let lines = try trapped { me, journal in
            await journal.outcomes(of: ProcessTask.asyncStream(1...4) { $0 * 10 })
            journal.note("\(try await me.leftovers()), \(me.node.processCount) process, links \(me.snapshot()!.links)")
        }
        #expect(lines == ["ok 10", "ok 20", "ok 30", "ok 40", "[], 1 process, links []"])
    }

    @Test("TK-085 unordered: in the order of their ends; one at a time that is the order of the items")
    func unordered() throws {
        let lines = try played { me, journal in
            let items = [3, 1, 2]
            await journal.outcomes(
                of: ProcessTask.asyncStream(items, maxConcurrency: 3, isOrdered: false, body: Self.slowly))
            await journal.outcomes(
                of: ProcessTask.asyncStream(items, maxConcurrency: 1, isOrdered: false, body: Self.slowly))
        }
        #expect(lines == ["ok 1", "ok 2", "ok 3", "ok 3", "ok 1", "ok 2"])
    }

    @Test("TK-084 an item over its time ends the loop with an error, and all others; nothing is left")
    func timeout() throws {
        let lines = try trapped { me, journal in
            let stream = ProcessTask.asyncStream(
                [1, 100, 50], maxConcurrency: 3, timeout: .seconds(2), body: Self.slowly)
            await journal.outcomes(of: stream)
            journal.note("at \(me.node.now)")
            journal.note("\(try await me.leftovers()), \(me.node.processCount) process")
        }
        #expect(lines == ["ok 1", "threw timeout", "at 3.0 seconds", "[], 1 process"])
    }

    @Test("TK-086 TK-114 on request a slow item is killed and is a failure that tells its input; so is one that fails")
    func killTask() throws {
        let lines = try trapped { me, journal in
            for isOrdered in [true, false] {
                let stream = ProcessTask.asyncStream(
                    [100, 1, 0, 50], maxConcurrency: 4, isOrdered: isOrdered, timeout: .seconds(2), onTimeout: .killTask
                ) { item in
                    if item == 0 { throw Broken() }
                    return try await Self.slowly(item)
                }
                await journal.outcomes(of: stream)
                journal.note("\(try await me.leftovers()), \(me.node.processCount) process")
            }
        }
        let clean = "[], 1 process"
        #expect(
            lines == [
                "100 timeout", "ok 1", "0 exited (error: broken)", "50 timeout", clean,
                "0 exited (error: broken)", "ok 1", "100 timeout", "50 timeout", clean,
            ])
    }

    @Test("in the order of the items: slow ones are killed, and what is left early ends", arguments: [2, 4, 8])
    func orderedWith(maxConcurrency: Int) throws {
        let lines = try trapped { me, journal in
            let slow = ProcessTask.asyncStream(
                [100, 1, 100, 1], maxConcurrency: maxConcurrency, timeout: .seconds(50), onTimeout: .killTask,
                body: Self.slowly)
            await journal.outcomes(of: slow)
            await journal.outcomes(of: ProcessTask.asyncStream(1...8, maxConcurrency: maxConcurrency) { $0 }, limit: 4)
            journal.note("\(try await me.leftovers()), \(me.node.processCount) process")
        }
        #expect(
            lines == [
                "100 timeout", "ok 1", "100 timeout", "ok 1", "ok 1", "ok 2", "ok 3", "ok 4", "[], 1 process",
            ])
    }

    @Test("a stream may be run by another process than the one that made it: the items are that one's tasks")
    func elsewhere() throws {
        let lines = try played { me, journal in
            let stream = ProcessTask.asyncStream([1, 2, 3]) { ($0, ProcessTask.callers) }
            let reader = spawn { reader in
                for try await outcome in stream {
                    let (item, callers) = try outcome.get()
                    journal.note("\(item) \(callers == [reader.pid])")
                }
            }
            journal.note("\(await reader.waitForEnd()!)")
        }
        #expect(lines == ["1 true", "2 true", "3 true", "normal"])
    }

    @Test("TK-087 without a time limit an item may take as long as it likes")
    func noTimeout() throws {
        let lines = try played { _, journal in
            await journal.outcomes(of: ProcessTask.asyncStream([80_000], timeout: nil, body: Self.slowly))
        }
        #expect(lines == ["ok 80000"])
    }

    @Test("TK-090 options out of range are named, and nothing is begun")
    func options() throws {
        let lines = try played { me, journal in
            await journal.outcomes(of: ProcessTask.asyncStream([1], timeout: .seconds(-1), body: Self.slowly))
            await journal.outcomes(of: ProcessTask.asyncStream([1], maxConcurrency: 0, body: Self.slowly))
            await journal.outcomes(
                of: ProcessTask.asyncStream([1], shutdown: .within(.seconds(-1)), body: Self.slowly))
            journal.note("\(me.node.processCount)")
        }
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("threw threw") && $0.contains("expected") })
        #expect(lines.count == 4 && lines.last == "1")
    }

    @Test("TK-091 the ends of other processes do not disturb a stream")
    func otherEnds() throws {
        let lines = try played { me, journal in
            for _ in 0..<3 { me.monitor(spawn { _ in }.pid) { .down($0) } }
            await journal.outcomes(of: ProcessTask.asyncStream(1...3, body: Self.slowly))
            journal.note("\(try await me.leftovers().count)")
        }
        #expect(lines == ["ok 1", "ok 2", "ok 3", "3"])
    }

    @Test("TK-092 the tasks of a stream work on behalf of whoever runs the loop")
    func callers() throws {
        let lines = try played { me, journal in
            let root = me.pid
            let stream = ProcessTask.asyncStream([1]) { _ in ProcessTask.callers == [root] }
            await journal.outcomes(of: stream)
        }
        #expect(lines == ["ok true"])
    }

    @Test("TK-099 TK-106 TK-115 to a process that traps exits a failed item is an element, and no message comes")
    func trapping() throws {
        let lines = try trapped { me, journal in
            let stream = ProcessTask.asyncStream(1...9) { item -> Int in try exit(.shutdown(detail: "\(item)")) }
            await journal.outcomes(of: stream, limit: 4)
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "1 exited (shutdown: 1)", "2 exited (shutdown: 2)", "3 exited (shutdown: 3)", "4 exited (shutdown: 4)",
                "[]",
            ])
    }

    @Test("a failed item ends a process that does not trap exits; an exit with normal is an element")
    func notTrapping() throws {
        let lines = try played { me, journal in
            let owner = spawn { _ in
                let stream = ProcessTask.asyncStream([0, 1, 100], maxConcurrency: 3) { item in
                    if item == 0 { try exit(.normal) }
                    _ = try await Self.slowly(1)
                    if item == 1 { throw Broken() }
                    return try await Self.slowly(item)
                }
                await journal.outcomes(of: stream)
            }
            journal.note("\(await owner.waitForEnd()!)")
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount) process")
        }
        #expect(
            lines.filter { !$0.hasPrefix("report") } == [
                "0 exited (normal)", "threw exited (error: broken)", "error: broken", "1 process",
            ])
    }

    @Test("TK-100 TK-101 TK-110 a loop that is left early ends the tasks that run: no link, no message is left")
    func leftEarly() throws {
        let lines = try trapped { me, journal in
            await journal.outcomes(
                of: ProcessTask.asyncStream([2, 1, 100, 200, 3], maxConcurrency: 4, body: Self.slowly), limit: 2)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount) process, links \(me.snapshot()!.links), \(try await me.leftovers())")
        }
        #expect(lines == ["ok 2", "ok 1", "1 process, links [], []"])
    }

    @Test("tasks that do not end when the loop is left are killed after the time that they are given")
    func leftEarlyAndSlow() throws {
        let lines = try played { me, journal in
            let latch = Latch()
            let items = Locked<[PID]>([])
            let stream = ProcessTask.asyncStream([1, 2], maxConcurrency: 2, shutdown: .within(.seconds(3))) { item in
                if item == 1 { return try await ProcessTask.me!.sleep(for: .milliseconds(1)) }
                items.with { $0.append(ProcessTask.me!.pid) }
                await latch.wait()
            }
            await journal.outcomes(of: stream, limit: 1)
            let pid = items.value[0]
            try await me.sleep(for: .seconds(2))
            journal.note("\(me.node.isAlive(pid))")
            try await me.sleep(for: .seconds(2))
            journal.note("\(me.node.isAlive(pid))")
            latch.open()
        }
        #expect(lines == ["ok ()", "true", "false"])
    }

    @Test("TK-102 TK-104 a stream is a value: two runs through it, in turns, with values and failures")
    func zipped() throws {
        let lines = try trapped { me, journal in
            let stream = ProcessTask.asyncStream([3, 2, 0, 1], maxConcurrency: 2) { item in
                if item == 0 { throw Broken() }
                return try await Self.slowly(item)
            }
            var a = stream.makeAsyncIterator()
            var b = stream.makeAsyncIterator()
            while let x = try await a.next(), let y = try await b.next() {
                journal.note("\(SceneLog.short(x)), \(SceneLog.short(y))")
            }
        }
        #expect(
            lines == ["ok 3, ok 3", "ok 2, ok 2", "0 exited (error: broken), 0 exited (error: broken)", "ok 1, ok 1"])
    }

    @Test("TK-094 TK-105 TK-107 an input that ends early ends the stream after its items, slowest first too")
    func inputEndsEarly() throws {
        let lines = try played { _, journal in
            let halting = (1...9).lazy.map { 10 - $0 }.prefix(while: { $0 > 6 })
            await journal.outcomes(of: ProcessTask.asyncStream(Array(halting) + [1], timeout: nil, body: Self.slowly))
            let stages = AsyncStream<Int> { continuation in
                for item in [2, 1] { continuation.yield(item) }
                continuation.finish()
            }
            await journal.outcomes(of: ProcessTask.asyncStream(stages, body: Self.slowly))
        }
        #expect(lines == ["ok 9", "ok 8", "ok 7", "ok 1", "ok 2", "ok 1"])
    }

    @Test("TK-109 a loop that stops after four of many failures")
    func outerHalt() throws {
        let lines = try trapped { me, journal in
            let stream = ProcessTask.asyncStream(1...100, maxConcurrency: 4) { item -> Int in throw Broken("\(item)") }
            await journal.outcomes(of: stream, limit: 4)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount) process")
        }
        #expect(lines == (1...4).map { "\($0) exited (error: \($0))" } + ["1 process"])
    }

    @Test("TK-111 TK-112 the source is let go when the loop ends, to its end or early", arguments: [2, 9])
    func cleanUp(limit: Int) throws {
        let lines = try played { me, journal in
            await journal.outcomes(of: ProcessTask.asyncStream(Counted(journal, 3), body: { $0 }), limit: limit)
            try await me.sleep(for: .milliseconds(1))
        }
        #expect(lines.last == "source released")
    }

    @Test(
        "back-pressure: never more items are taken than may run, the one in the loop's hands included",
        arguments: [true, false])
    func backPressure(isOrdered: Bool) throws {
        let taken = Locked(0)
        let most = Locked(0)
        let lines = try played { me, journal in
            var done = 0
            let source = Tally(taken, until: 20)
            let stream = ProcessTask.asyncStream(source, maxConcurrency: 3, isOrdered: isOrdered) { item in
                try await ProcessTask.me!.sleep(for: .milliseconds(item % 2 == 0 ? 30 : 10))
            }
            journal.note("before \(taken.value)")
            for try await _ in stream {
                try await me.sleep(for: .milliseconds(100))
                let ahead = taken.value - done
                most.with { $0 = max($0, ahead) }
                done += 1
            }
            journal.note("done \(done)")
        }
        #expect(lines == ["before 0", "done 20"])
        #expect(most.value == 3)
    }

    @Test("an outcome does not wait for a source that takes its time") func slowSource() throws {
        let lines = try played { me, journal in
            let (items, item) = AsyncStream.makeStream(of: Int.self)
            item.yield(1)
            var outcomes = ProcessTask.asyncStream(items, maxConcurrency: 4, body: Self.slowly).makeAsyncIterator()
            journal.note("\(SceneLog.short(try await outcomes.next()!)) at \(me.node.now)")
            item.yield(2)
            journal.note("\(SceneLog.short(try await outcomes.next()!)) at \(me.node.now)")
            item.finish()
            journal.note("\(try await outcomes.next() == nil)")
            journal.note("\(try await outcomes.next() == nil)")
        }
        #expect(lines == ["ok 1 at 2.0 seconds", "ok 2 at 4.0 seconds", "true", "true"])
    }

    @Test("an error of the source is thrown by the loop, and ends what runs") func sourceFails() throws {
        let lines = try played { me, journal in
            let items = AsyncThrowingStream<Int, any Error> { continuation in
                continuation.yield(100)
                continuation.finish(throwing: Broken("source"))
            }
            await journal.outcomes(of: ProcessTask.asyncStream(items, maxConcurrency: 2, body: Self.slowly))
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount) process")
        }
        #expect(lines == ["threw threw source", "1 process"])
    }

    @Test("the end of the process that runs the loop ends the items") func ownerEnds() throws {
        let lines = try played { me, journal in
            let owner = spawn { _ in
                await journal.outcomes(of: ProcessTask.asyncStream([100, 100], maxConcurrency: 2, body: Self.slowly))
            }
            try await me.sleep(for: .seconds(1))
            journal.note("\(me.node.processCount) processes")
            owner.sendExit(.kill)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount) process")
        }
        #expect(lines.filter { $0.hasSuffix("process") || $0.hasSuffix("processes") } == ["5 processes", "1 process"])
    }
}

/// A few numbers, from a source that says when it is let go.
private struct Counted: AsyncSequence, Sendable {
    typealias Element = Int
    let journal: SceneLog
    let count: Int

    init(_ journal: SceneLog, _ count: Int) {
        self.journal = journal
        self.count = count
    }

    final class Iterator: AsyncIteratorProtocol {
        private let journal: SceneLog
        private var left: Int
        init(_ journal: SceneLog, _ count: Int) {
            self.journal = journal
            left = count
        }
        deinit { journal.note("source released") }
        func next() async -> Int? {
            if left == 0 { return nil }
            left -= 1
            return left
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(journal, count) }
}

/// Numbers from zero; counts how many have been asked for.
private struct Tally: Sequence, Sendable {
    let taken: Locked<Int>
    let end: Int

    init(_ taken: Locked<Int>, until end: Int) {
        self.taken = taken
        self.end = end
    }

    func makeIterator() -> AnyIterator<Int> {
        AnyIterator {
            taken.with { taken in
                if taken == end { return nil }
                defer { taken += 1 }
                return taken
            }
        }
    }
}
