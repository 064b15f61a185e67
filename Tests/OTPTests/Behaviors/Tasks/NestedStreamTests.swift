import OTPTestKit
import Testing

@testable import OTP

@Suite("streams over streams") struct NestedStreamTests {
    @Test("TK-099 a stream over a stream: to a process that traps exits a failed item of the first is an element of it")
    func nested() throws {
        let lines = try trapped { me, journal in
            let first = ProcessTask.asyncStream([1, 0, 2], maxConcurrency: 1) { item -> Int in
                if item == 0 { throw Broken() }
                return item
            }
            let second = ProcessTask.asyncStream(first, maxConcurrency: 1) { outcome -> String in
                SceneLog.short(outcome)
            }
            await journal.outcomes(of: second)
        }
        #expect(lines == ["ok ok 1", "ok 0 exited (error: broken)", "ok ok 2"])
    }

    @Test("TK-092 a stream over a stream: the items of the first work on behalf of whoever runs the loop")
    func nestedCallers() throws {
        let lines = try played { me, journal in
            let root = me.pid
            let first = ProcessTask.asyncStream([1]) { _ -> Bool in ProcessTask.callers == [root] }
            let second = ProcessTask.asyncStream(first) { outcome -> Bool in try outcome.get() }
            await journal.outcomes(of: second)
        }
        #expect(lines == ["ok true"])
    }

    @Test("a failed item of the first ends a consumer that does not trap, with its reason")
    func nestedEnds() throws {
        let lines = try trapped { me, journal in
            let consumer = spawn { _ in
                let first = ProcessTask.asyncStream([1, 0, 2], maxConcurrency: 1) { item -> Int in
                    if item == 0 { throw Broken() }
                    return item
                }
                for try await _ in ProcessTask.asyncStream(first, maxConcurrency: 1, body: { $0 }) {}
            }
            journal.note("\(await consumer.waitForEnd()!)")
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.processCount)")
        }
        #expect(lines == ["error: broken", "1"])
    }
}
