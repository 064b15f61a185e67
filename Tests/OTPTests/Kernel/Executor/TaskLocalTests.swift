import Testing

@testable import OTP

/// The caller's task-local values stay with the caller on every path that a call can take.
@Suite struct TaskLocalTests {
    @TaskLocal static var mark = 0

    @Test func `a queued call does not show the caller's task-locals to the handler`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let gate = Event()
        let held = Event()
        // While the first call waits in the handler, the second is certainly queued.
        async let first = server.run { _ in
            await held.happen()
            await gate.wait()
            return Self.mark
        }
        await held.wait()
        async let second = Self.$mark.withValue(7) { try await server.run { _ in Self.mark } }
        await gate.happen()
        #expect(try await first == 0)
        #expect(try await second == 0)
    }

    @Test func `a call from outside does not show the caller's task-locals to the handler`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let plain = try await PlainCodeServer.start { PlainCodeServer() }
        for _ in 0..<100 {
            let seen = try await Self.$mark.withValue(7) {
                let (first, second) = (try await server.run { _ in Self.mark }, try await plain.run { _ in Self.mark })
                return [first, second, Self.mark]
            }
            #expect(seen == [0, 0, 7])
        }
    }

    @Test func `a call from a process, inline or queued, does not show its task-locals to the handler`() async throws {
        let plain = try await PlainCodeServer.start { PlainCodeServer() }
        let queued = try await CodeServer.start { CodeServer() }
        let caller = try await CodeServer.start { CodeServer() }
        let wrong = try await caller.run { _ in
            try await Self.$mark.withValue(7) {
                var wrong = 0
                var inline = 0
                for _ in 0..<100 {
                    let seen = try await plain.run { _ in
                        Self.mark * 2 + (KernelWorker.current?.pointee.inlineCell == nil ? 0 : 1)
                    }
                    inline += seen & 1
                    if seen & ~1 != 0 { wrong += 1 }
                    if try await queued.run({ _ in Self.mark }) != 0 { wrong += 1 }
                }
                if Self.mark != 7 || inline == 0 { wrong += 1000 }
                return wrong
            }
        }
        #expect(wrong == 0)
    }

    @Test func `a process does not see the task-locals of whoever started it`() async throws {
        try await Self.$mark.withValue(7) {
            let server = try await CodeServer.start { CodeServer() }
            #expect(try await server.run { _ in Self.mark } == 0)
        }
    }

    @Test func `child tasks of a handler see what the handler has set`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let seen = try await server.run { _ in
            await Self.$mark.withValue(5) {
                async let child = Self.mark
                return await child
            }
        }
        #expect(seen == 5)
        #expect(try await server.run { _ in Self.mark } == 0)
    }
}
