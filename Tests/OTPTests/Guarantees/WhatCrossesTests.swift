import OTP
import Synchronization
import Testing

private enum Context {
    @TaskLocal static var request = "none"
}

/// Tells what its handlers see of whoever sent the message.
private struct Witness: GenServer {
    enum Call: Sendable {
        case request(Reply<String>), priority(Reply<TaskPriority>), bind(Reply<[String]>), seen(Reply<[String]>)
    }
    enum Cast: Sendable { case note }
    enum Info: Sendable { case note }

    private var notes: [String]

    init() { notes = [Context.request] }

    mutating func handleStart(_ me: Me) async -> Next {
        notes.append(Context.request)
        return .receive
    }

    mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .request(let reply): return reply(Context.request)
        case .priority(let reply): return reply(Task.currentPriority)
        case .bind(let reply):
            let seen = await Context.$request.withValue("own") {
                async let child = Context.request
                return [Context.request, await child]
            }
            return reply(seen + [Context.request])
        case .seen(let reply): return reply(notes)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        notes.append(Context.request)
        return .receive
    }

    mutating func handleInfo(_ info: Info, _ me: Me) async -> Next {
        notes.append(Context.request)
        return .receive
    }
}

/// The same, for calls that may run on the caller's thread.
private struct QuickWitness: SynchronousGenServer {
    enum Call: Sendable { case request(Reply<String>), isCancelled(Reply<Bool>) }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .request(let reply): reply(Context.request)
        case .isCancelled(let reply): reply(Task.isCancelled)
        }
    }
}

/// Answers only when it is told to, and tells whether it was cancelled meanwhile.
private struct Slow: GenServer {
    enum Call: Sendable { case work(AsyncStream<Void>, began: AsyncStream<Void>.Continuation, Reply<Void>) }
    let outcome: AsyncStream<Bool>.Continuation

    func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .work(let gate, let began, let reply):
            began.yield()
            for await _ in gate { break }
            outcome.yield(Task.isCancelled)
            return reply()
        }
    }
}

@Suite struct WhatCrossesTests {
    // The promises of docs/guarantees.md about what crosses a message.
    @Test func noHandlerSeesTheTaskLocalValuesOfItsCallers() async throws {
        let server = try await Context.$request.withValue("starter") { try await Witness.start { Witness() } }
        let seen = try await Context.$request.withValue("caller") {
            server.cast(.note)
            server.send(.note)
            server.send(.note, after: .zero)
            #expect(try await server.call(timeout: .seconds(3_600)) { .request($0) } == "none")
            return try await server.call { .seen($0) }
        }
        #expect(seen.allSatisfy { $0 == "none" }, "\(seen)")
        #expect(seen.count >= 4)
        try await server.stop(timeout: nil)
    }

    @Test func neitherDoesAHandlerOnTheCallersThread() async throws {
        let server = try await QuickWitness.start { QuickWitness() }
        let (seen, ends) = AsyncStream.makeStream(of: String.self)
        Context.$request.withValue("spawner") {
            _ = spawn { _ in
                await Context.$request.withValue("caller") {
                    for _ in 0..<100 {
                        ends.yield((try? await server.call(timeout: .seconds(3_600)) { .request($0) }) ?? "no answer")
                    }
                }
                ends.finish()
            }
        }
        var count = 0
        for await request in seen {
            count += 1
            #expect(request == "none")
        }
        #expect(count == 100)
        let outside = try await Context.$request.withValue("caller") {
            try await server.call(timeout: .seconds(3_600)) { .request($0) }
        }
        #expect(outside == "none")
        try await server.stop(timeout: nil)
    }

    @Test func aPlainProcessSeesNothingOfWhoeverSpawnedIt() async throws {
        let (seen, end) = AsyncStream.makeStream(of: String.self)
        Context.$request.withValue("spawner") {
            _ = spawn { _ in
                end.yield(Context.request)
                end.finish()
            }
        }
        for await request in seen { #expect(request == "none") }
    }

    @Test func neitherDoTasksAgentsAndBlockingCode() async throws {
        let seen = try await Context.$request.withValue("starter") {
            let supervisor = TaskSupervisor("tasks")
            let tasks = try await supervisor.start()
            let agent = try await Agent<String>.start { Context.request }
            let seen = try await [
                ProcessTask.async { Context.request }.value(),
                supervisor.asyncNoLink { Context.request }.value(),
                agent.get { $0 },
                agent.get { _ in Context.request },
                Blocking.run { Context.request },
            ]
            try await agent.stop()
            try await tasks.stop()
            return seen
        }
        #expect(seen == Array(repeating: "none", count: 5))
    }

    @Test func whatAHandlerBindsItsChildTasksSeeAndTheNextHandlerDoesNot() async throws {
        let server = try await Witness.start { Witness() }
        #expect(try await server.call(timeout: .seconds(3_600)) { .bind($0) } == ["own", "own", "none"])
        #expect(try await server.call(timeout: .seconds(3_600)) { .request($0) } == "none")
        try await server.stop(timeout: nil)
    }

    @Test func aHandlersPriorityIsNotItsCallers() async throws {
        let server = try await Witness.start { Witness() }
        var seen: [TaskPriority] = []
        for priority in [TaskPriority.background, .low, .high] {
            seen.append(
                try await Task.detached(priority: priority) {
                    try await server.call(timeout: .seconds(3_600)) { .priority($0) }
                }.value)
        }
        #expect(Set(seen.map(\.rawValue)).count == 1, "\(seen)")
        try await server.stop(timeout: nil)
    }

    @Test func cancellingACallerEndsItsWaitingAndNothingElse() async throws {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        let (beginnings, began) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let server = try await Slow.start { Slow(outcome: outcome) }
        let caller = Task { try await server.call(timeout: .seconds(3_600)) { .work(gate, began: began, $0) } }
        for await _ in beginnings { break }
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        open.yield()
        for await wasCancelled in outcomes {
            #expect(!wasCancelled)
            break
        }
        #expect(server.isAlive)
        try await server.stop(timeout: nil)
    }

    @Test func anExitSignalCancelsTheHandlerThatRuns() async throws {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        let (beginnings, began) = AsyncStream.makeStream(of: Void.self)
        let (gate, _) = AsyncStream.makeStream(of: Void.self)
        let server = try await Slow.start { Slow(outcome: outcome) }
        let caller = Task { try await server.call(timeout: .seconds(3_600)) { .work(gate, began: began, $0) } }
        for await _ in beginnings { break }
        server.sendExit(.shutdown)
        for await wasCancelled in outcomes {
            #expect(wasCancelled)
            break
        }
        let reason = await server.waitForEnd()
        #expect(reason?.isExpected == true)
        _ = await caller.result
    }
}
