import Testing

@testable import OTP

/// A signal that ends a process cancels the task of its handler: what that started sees it, nobody else does.
@Suite(.timeLimit(.minutes(2))) struct HandlerCancellationTests {
    @Test func `a process that is told to end calls nobody any more, who would be idle neither`() async throws {
        let node = Node(name: "calls no more", workers: 1)
        node.silence()
        let outcomes = LockedBox<[String]>([])
        let caller = node.spawn { me in
            let plain = try await PlainCodeServer.start { PlainCodeServer() }
            for number in 1...2 {
                do {
                    let answer = try await plain.run { _ in number }
                    outcomes.withLock { $0.append("\(answer)") }
                } catch is CancellationError {
                    outcomes.withLock { $0.append("cancelled") }
                }
                me.node.sendExit(.shutdown, to: me.pid)
            }
        }
        #expect(await caller.waitForEnd()?.isSame(as: .shutdown) == true)
        #expect(outcomes.withLock { $0 } == ["1", "cancelled"])
        await node.shutdown()
    }

    @Test(arguments: [ExitSignal.shutdown, .kill])
    func `an exit signal reaches the handler's child tasks`(_ signal: ExitSignal) async throws {
        let server = try await CodeServer.start { CodeServer() }
        let begun = Event()
        let childEnded = Event()
        let handlerEnded = Event()
        let outcome = Task {
            try await server.run { _ in
                async let child: Void = {
                    await begun.happen()
                    while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
                    await childEnded.happen()
                }()
                await child
                #expect(Task.isCancelled)
                await handlerEnded.happen()
                return 0
            }
        }
        await begun.wait()
        server.sendExit(signal)
        await childEnded.wait()
        await handlerEnded.wait()
        // The reply of a handler that returns all the same counts, unless the process was killed.
        let reply = try? await outcome.value
        let reason = try #require(await server.waitForEnd())
        if case .kill = signal {
            #expect(reply == nil)
            #expect(reason.isSame(as: .killed))
        } else {
            #expect(reply == 0)
            #expect(reason.isSame(as: .shutdown))
        }
    }

    @Test func `an exit signal wakes a handler that sleeps`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let begun = Event()
        let outcome = Task {
            try await server.run { _ in
                await begun.happen()
                try await Task.sleep(for: .seconds(3600))
                return 0
            }
        }
        await begun.wait()
        server.sendExit(.shutdown)
        await #expect(throws: CallError.self) { try await outcome.value }
        #expect(await server.waitForEnd()?.isSame(as: .shutdown) == true)
    }

    @Test func `the cancellation of one process is never seen by another`() async throws {
        let node = Node(name: "cancelled", workers: 2)
        try await node.with {
            for _ in 0..<40 {
                let victims = try await withThrowingTaskGroup(of: ServerRef<CodeServer>.self) { group in
                    for _ in 0..<5 { group.addTask { try await CodeServer.start { CodeServer() } } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for (i, victim) in victims.enumerated() {
                    let begun = Event()
                    async let outcome: Int = victim.run { _ in
                        await begun.happen()
                        if i % 2 == 0 {
                            try? await Task.sleep(for: .seconds(3600))
                        } else {
                            while !Task.isCancelled { await Task.yield() }
                        }
                        return 0
                    }
                    await begun.wait()
                    victim.sendExit(i % 3 == 0 ? .kill : .shutdown)
                    _ = try? await outcome
                }
                let fresh = try await CodeServer.start { CodeServer() }
                for _ in 0..<10 { #expect(try await fresh.run { _ in Task.isCancelled ? 1 : 0 } == 0) }
            }
        }
        await node.shutdown()
    }

    @Test func `the caller's cancellation is not the handler's`() async throws {
        let server = try await CodeServer.start { CodeServer() }
        let plain = try await PlainCodeServer.start { PlainCodeServer() }
        let begun = Event()
        let cancelled = Event()
        let seen = Event()
        let caller = Task {
            try await server.run { _ in
                await begun.happen()
                await cancelled.wait()
                #expect(!Task.isCancelled)
                let inner = try await plain.run { _ in Task.isCancelled ? 1 : 0 }
                #expect(inner == 0)
                await seen.happen()
                return 0
            }
        }
        await begun.wait()
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        await cancelled.happen()
        await seen.wait()
        #expect(server.isAlive)
    }

    @Test func `terminate runs uncancelled after a signal has cancelled the handler`() async throws {
        let wasCancelled = LockedBox<Bool?>(nil)
        let server = try await Terminating.start(options: ServerOptions(terminateLimit: nil)) {
            Terminating { wasCancelled.set($0) }
        }
        let begun = Event()
        async let outcome: Int = server.call { .sleep(begun, $0) }
        await begun.wait()
        server.sendExit(.shutdown)
        _ = try? await outcome
        _ = await server.waitForEnd()
        #expect(wasCancelled.get() == false)
    }
}

private struct Terminating: GenServer {
    enum Call: Sendable { case sleep(Event, Reply<Int>) }
    let tell: @Sendable (Bool) -> Void

    init(_ tell: @escaping @Sendable (Bool) -> Void) { self.tell = tell }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .sleep(let begun, let reply):
            await begun.happen()
            try await Task.sleep(for: .seconds(3600))
            return reply(0)
        }
    }

    mutating func terminate(reason: ExitReason, _ me: Me) async throws {
        await Task.yield()
        tell(Task.isCancelled)
    }
}
