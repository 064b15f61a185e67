import Dispatch
import OTP
import OTPTestKit
import Testing

@Suite struct BlockingTests {
    @Test func blockedThreadsOccupyNoWorker() async throws {
        let gate = DispatchSemaphore(value: 0)
        let results = try await onThreads { me in
            let ref = me.ref
            for i in 0..<20 {
                spawn { _ in
                    ref.send(
                        .number(
                            try await Blocking.run {
                                gate.wait()
                                return i
                            }))
                }
            }
            // More are blocked than there are workers, and processes still run.
            let counter = try await Counter.start { Counter() }
            for _ in 0..<100 { counter.cast(.increment) }
            let count = try await counter.call { .value($0) }
            for _ in 0..<20 { gate.signal() }
            var seen: Set<Int> = []
            for _ in 0..<20 { seen.insert(try await me.nextNumber()) }
            return (count, seen.count)
        }
        #expect(results.0 == 100)
        #expect(results.1 == 20)
    }

    @Test func errorsAreThrownAndValuesReturned() async throws {
        #expect(try await Blocking.run { 42 } == 42)
        await #expect(throws: Mishap("broken")) { try await Blocking.run { throw Mishap("broken") } }
        let virtual = try VirtualNode().run { _ in try await Blocking.run { "inline" } }
        #expect(virtual == "inline")
    }

    @Test func aCallerThatEndsLeavesTheWorkToFinish() async throws {
        let gate = DispatchSemaphore(value: 0)
        let (begun, finished) = (DispatchSemaphore(value: 0), AsyncStream<Int>.makeStream())
        let work = finished.continuation
        let task = Task {
            try await Blocking.run {
                begun.signal()
                gate.wait()
                work.yield(1)
                work.finish()
            }
        }
        _ = try await Blocking.run { begun.wait() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        gate.signal()
        var count = 0
        for await one in finished.stream { count += one }
        #expect(count == 1)
    }

    @Test func aKilledProcessStopsWaiting() async throws {
        let gate = DispatchSemaphore(value: 0)
        let reason = try await onThreads { me in
            let begun = me.ref
            let waiting = spawn { _ in
                try await Blocking.run {
                    begun.send(.text("begun"))
                    gate.wait()
                }
            }
            _ = try await me.nextText()
            let monitor = me.watch(waiting.pid)
            waiting.sendExit(.kill)
            let down = try await me.nextDown(monitor)
            while me.node.zombiePIDs.contains(waiting.pid) { try await me.yield() }
            return down.reason
        }
        gate.signal()
        #expect(reason.wasKilled)
    }
}
