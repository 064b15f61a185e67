import Testing

@testable import OTP

/// What Swift's own concurrency does inside handlers; the same with and without the process-wide executor.
@Suite(.timeLimit(.minutes(2))) struct HandlerTasksTests {
    @Test func `a handler hops to actors and to the main actor and comes back`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let sum = Sum()
        for i in 1...200 {
            let result = try await server.run { me in
                let first = await sum.add(1)
                let second = await OnTheMainActor.add(first, 1)
                #expect(CurrentProcess.cell?.pid == me.pid)
                return second
            }
            #expect(result == i + 1)
        }
        #expect(await sum.value == 200)
    }

    @Test func `a handler remains its process on the main actor: a call to itself is refused there too`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let refused = try await server.run { me in
            if case .callingSelf = await OnTheMainActor.error(of: me.ref) { 1 } else { 0 }
        }
        #expect(refused == 1)
    }

    @Test func `a handler remains its process after a sleep and after a yield`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let other = try await CodeServer.start { CodeServer() }
        for _ in 0..<50 {
            let seen = try await server.run { me in
                try await Task.sleep(for: .microseconds(50))
                let slept = CurrentProcess.cell?.pid == me.pid
                await Task.yield()
                let yielded = CurrentProcess.cell?.pid == me.pid
                let value = try await other.run { them in them.pid == CurrentProcess.cell?.pid ? 1 : 0 }
                let called = CurrentProcess.cell?.pid == me.pid
                return (slept ? 1 : 0) + (yielded ? 2 : 0) + (called ? 4 : 0) + value * 8
            }
            #expect(seen == 15)
        }
    }

    @Test func `a cycle of calls is refused after a sleep as well`() async throws {
        let first = try await CodeServer.start { CodeServer() }
        let second = try await CodeServer.start { CodeServer() }
        let refused = try await first.run { me in
            try await Task.sleep(for: .microseconds(50))
            let firstRef = me.ref
            // Whoever sees the cycle gives up: the second, unless it is so fast that the first does not wait yet.
            return try await isRefused {
                try await second.run { _ in
                    try await Task.sleep(for: .microseconds(50))
                    return try await isRefused { try await firstRef.run { _ in 0 } }
                }
            }
        }
        #expect(refused == 1)
    }

    @Test func `async let and task groups run beside their handler, outside its process`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let other = try await CodeServer.start { CodeServer() }
        let sum = try await server.run { me in
            async let one = other.run { _ in CurrentProcess.cell == nil ? -1000 : 1 }
            async let two = { CurrentProcess.cell == nil ? 2 : -1000 }()
            let group = try await withThrowingTaskGroup(of: Int.self) { group in
                for i in 1...10 { group.addTask { try await other.run { _ in i } } }
                return try await group.reduce(0, +)
            }
            let result = try await one + two + group
            #expect(CurrentProcess.cell?.pid == me.pid)
            return result
        }
        #expect(sum == 58)
    }

    @Test func `many handlers that sleep, yield and hop at once`() async throws {
        let sum = Sum()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for i in 0..<64 {
                group.addTask {
                    let server = try await CodeServer.start { CodeServer() }
                    for round in 0..<40 {
                        try await server.run { me in
                            switch (i + round) % 4 {
                            case 0: await Task.yield()
                            case 1: try await Task.sleep(for: .microseconds(20))
                            case 2: _ = await OnTheMainActor.add(1, 1)
                            default: break
                            }
                            #expect(CurrentProcess.cell?.pid == me.pid)
                            return await sum.add(1)
                        }
                    }
                    try await server.stop()
                }
            }
            try await group.waitForAll()
        }
        #expect(await sum.value == 64 * 40)
    }

    @Test func `a plain process receives before and after it sleeps, yields and hops`() async throws {
        let sum = Sum()
        let process = spawn(receiving: Int.self) { me in
            while true {
                let n = try await me.receive()
                await Task.yield()
                let total = await OnTheMainActor.add(try await me.receive(), n)
                try await Task.sleep(for: .microseconds(20))
                if await sum.add(total) == 5050 { return }
            }
        }
        for i in 1...100 { process.send(i) }
        #expect(await process.waitForEnd()?.isNormal == true)
    }

    @Test func `handlers run at the priority of their runner, whatever the caller's, and children as they ask`()
        async throws
    {
        let server = try await CodeServer.start { CodeServer() }
        let seen = await Task.detached(priority: .high) {
            try? await server.run { _ in
                let child = await Task.detached(priority: .low) { Task.currentPriority }.value
                // Waiting for a task may raise its priority, never lower it.
                return child >= .low && Task.currentPriority == .medium ? 1 : 0
            }
        }.value
        #expect(seen == 1)
    }
}

/// 1 if the call is refused because it would close a cycle, else what it returns.
private nonisolated(nonsending) func isRefused(
    _ call: nonisolated(nonsending) () async throws -> Int
) async throws -> Int {
    do { return try await call() } catch let error as CallError {
        if case .cycle = error.code { return 1 }
        throw error
    }
}
