import OTP
import OTPTestKit
import Testing

/// Tasks whose work awaits nothing.
@Suite struct PlainTaskTests {
    /// In a process of its own, which ends like any other.
    @Test func `work that awaits nothing gives its value or its failure`() throws {
        let lines = try trapped { me, journal in
            let sum = ProcessTask.async { (1...4).reduce(0, +) }
            await journal.value("sum", of: sum)
            journal.note("alive \(me.node.isAlive(sum.pid!)), own \(sum.pid != me.pid)")
            let broken = ProcessTask<Int>.async { throw Broken() }
            await journal.value("broken", of: broken)
            journal.note("callers \(try await ProcessTask.async { ProcessTask<Never>.callers }.value() == [me.pid])")
            for line in try await me.leftovers() { journal.note(line) }
        }
        #expect(
            lines == [
                "sum: ok 10", "alive false, own true", "broken: exited (error: broken)", "callers true",
                "EXIT (normal)",
                "EXIT (error: broken)", "EXIT (normal)",
            ])
    }

    @Test func `work that awaits nothing does not begin once it has been asked to end`() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { journal.note("has begun") }
            journal.note("\(String(describing: await task.shutdown()))")
        }
        #expect(lines == ["nil"])
    }

    @Test func `an ordinary task gets the value of work that awaits nothing`() async throws {
        #expect(try await ProcessTask.async { 7 }.value() == 7)
        await #expect(throws: TaskFailure.self) { try await ProcessTask<Int>.async { throw Broken() }.value() }
    }

    @Test func `a wait that came to nothing leaves room for the next`() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try await $0.sleep(for: .seconds(10)) }
            for _ in 0..<3 { journal.note("\(String(describing: await task.poll(within: .seconds(1))))") }
            try await task.value(timeout: .seconds(60))
            journal.note("done")
        }
        #expect(lines == ["nil", "nil", "nil", "done"])
    }
}
