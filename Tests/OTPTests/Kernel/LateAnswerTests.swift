import Synchronization
import Testing

@testable import OTP

/// Calls that are handled on their callers' threads, and whose time is over before the handler has answered.
@Suite(.timeLimit(.minutes(2))) struct LateAnswerTests {
    /// How often a thread has been lent.
    private final class Lent: Sendable {
        let count = Atomic<Int>(0)
    }

    private struct Slow: SynchronousGenServer {
        enum Call: Sendable {
            case count(Reply<Int>)
            /// Answered when nobody waits any more.
            case late(Reply<Int>)
            /// Kept until then, and for longer.
            case keep(Reply<Int>)
            case give(Reply<Bool>)
            /// Whether a timer limits this call while it is handled.
            case timed(Reply<Bool>)
        }
        private var count = 0
        private var kept: Reply<Int>?
        let lent: Lent

        init(lent: Lent = Lent()) { self.lent = lent }

        mutating func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .count(let reply):
                count += 1
                return reply(count)
            case .late(let reply):
                count += 1
                if KernelWorker.current?.pointee.role == .guest { lent.count.add(1, ordering: .relaxed) }
                while reply.isWanted {}
                return reply(-1)
            case .keep(let reply):
                kept = reply
                while reply.isWanted {}
                return .receive
            case .give(let reply):
                kept?.send(-1)
                kept = nil
                return reply(isInline)
            case .timed(let reply):
                return reply(reply.slot?.notedDeadline != nil)
            }
        }
    }

    /// One that is always queued.
    private struct Ordinary: GenServer {
        enum Call: Sendable {
            case note
            case late(Reply<Int>)
            case count(Reply<Int>)
        }
        private var notes = 0

        mutating func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .note: notes += 1
            case .late(let reply):
                notes += 1
                reply.send(0)
            case .count(let reply): reply.send(notes)
            }
            return .receive
        }
    }

    /// Whether the call fails because its time is over, and no sooner.
    private static func isLate(
        _ server: ServerRef<Slow>, _ timeout: Duration, _ message: @Sendable (Reply<Int>) -> Slow.Call
    ) async -> Bool {
        let start = ContinuousClock.now
        do {
            _ = try await server.call(timeout: timeout, message)
        } catch let error as CallError {
            guard case .timeout = error.code else { return false }
            return error.pid == server.pid && ContinuousClock.now - start >= timeout
        } catch {}
        return false
    }

    /// The shorter limit is a timer's, the longer one the watch's over the workers.
    @Test(arguments: [Duration.milliseconds(2), .milliseconds(100), .milliseconds(150)])
    func `who handles a call on its caller's thread for longer than he waits has nobody to answer to`(
        timeout: Duration
    ) async throws {
        try await inProcessOfOneWorker { _ in
            let server = try await Slow.start { Slow() }
            #expect(try await server.call { .count($0) } == 1)
            #expect(await Self.isLate(server, timeout) { .late($0) })
            #expect(try await server.call { .count($0) } == 3)
        }
    }

    @Test func `only a short limit costs a timer from the beginning`() async throws {
        try await inProcessOfOneWorker { _ in
            let server = try await Slow.start { Slow() }
            // A call that is queued notes nothing before it waits. Outside of `#expect`: the compiler (6.3.1) may take a closure in
            // there for another one of this function.
            while try await !server.call({ .give($0) }) {}
            let short = try await server.call(timeout: .milliseconds(99)) { .timed($0) }
            while try await !server.call({ .give($0) }) {}
            let long = try await server.call(timeout: .milliseconds(100)) { .timed($0) }
            #expect(short && !long)
        }
    }

    @Test(arguments: [Duration.milliseconds(2), .milliseconds(100)])
    func `a reply that is kept for longer goes nowhere`(timeout: Duration) async throws {
        try await inProcessOfOneWorker { _ in
            let server = try await Slow.start { Slow() }
            #expect(await Self.isLate(server, timeout) { .keep($0) })
            _ = try await server.call { .give($0) }
            #expect(try await server.call { .count($0) } == 1)
        }
    }

    @Test func `an answer in time is one`() async throws {
        try await inProcessOfOneWorker { _ in
            let server = try await Slow.start { Slow() }
            for count in 1...1_000 {
                let timeout = count % 2 == 0 ? Duration.unlimited : .seconds(90)
                #expect(try await server.call(timeout: timeout) { .count($0) } == count)
            }
        }
    }

    @Test func `a call that is over before it could be sent is heard of all the same`() async throws {
        try await inProcessOfOneWorker { me in
            let server = try await Ordinary.start { Ordinary() }
            let ends: [(CallError.Code?, @Sendable (Reply<Int>) -> Ordinary.Call)] = [
                (
                    nil,
                    { reply in
                        reply(1)
                        return .note
                    }
                ),
                (.noReply, { _ in .note }),
                (
                    .timeout,
                    { reply in
                        while reply.isWanted {}
                        return .late(reply)
                    }
                ),
            ]
            for (count, (code, message)) in ends.enumerated() {
                while !server.cell.mailbox.isIdle { try await me.yield() }
                do {
                    _ = try await server.call(timeout: .milliseconds(50), message)
                    #expect(code == nil)
                } catch let error as CallError {
                    #expect("\(error.code)" == code.map { "\($0)" })
                }
                #expect(try await server.call { .count($0) } == count + 1)
            }
        }
    }

    @Test func `so it is on the worker of an ordinary task`() async throws {
        _ = Node.current
        guard ProcessWideExecutor.isInstalled else { return }
        let server = try await Slow.start { Slow() }
        for timeout in [Duration.milliseconds(2), .milliseconds(100)] {
            let isLate = await Task.detached { await Self.isLate(server, timeout) { .late($0) } }.value
            #expect(isLate)
        }
        try await server.stop()
    }

    @Test func `so it is on the thread of an ordinary task`() async throws {
        let node = Node(name: "late", workers: 1)
        // Known when the default node has begun: then ordinary tasks have no threads of their own.
        _ = Node.current
        if ProcessWideExecutor.isInstalled { return }
        let lent = Lent()
        // A thread is lent only where there is a runner to spare, and not to a server that has been late.
        for _ in 0..<1_000 where lent.count.load(ordering: .relaxed) < 3 {
            let server = try await node.with { try await Slow.start { Slow(lent: lent) } }
            while !server.cell.mailbox.isIdle { await Task.yield() }
            let isLate = await Task.detached { await Self.isLate(server, .milliseconds(2)) { .late($0) } }.value
            #expect(isLate)
            #expect(try await server.call { .count($0) } == 2)
            try await server.stop()
        }
        #expect(lent.count.load(ordering: .relaxed) >= 3)
        await node.shutdown()
    }

    @Test func `who lets the time of a caller pass on his thread has his calls queued for a while`() async throws {
        try await inProcessOfOneWorker { _ in
            let server = try await Slow.start { Slow() }
            // One that the system has kept from the processor counts as slow for a few calls.
            while try await !server.call({ .give($0) }) {}
            #expect(await Self.isLate(server, .milliseconds(2)) { .keep($0) })
            var queued = 0
            while try await !server.call({ .give($0) }) { queued += 1 }
            #expect(queued >= 8)
        }
    }
}
