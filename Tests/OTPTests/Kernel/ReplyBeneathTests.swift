import Foundation
import Synchronization
import Testing

@testable import OTP

/// Replies that are given on the thread of the caller, beneath its call, and by others at the same time.
@Suite(.timeLimit(.minutes(2))) struct ReplyBeneathTests {
    /// Whose end is counted.
    private final class Token: Sendable {
        let number: Int
        private let shared: Shared
        init(_ number: Int, _ shared: Shared) {
            self.number = number
            self.shared = shared
            shared.alive.add(1, ordering: .relaxed)
        }
        deinit { shared.alive.subtract(1, ordering: .relaxed) }
    }

    private struct Misled: Error { let code: CallError.Code? }

    private final class Shared: Sendable {
        let offered = LockedBox<Reply<Token>?>(nil)
        let offeredJob = LockedBox<Job?>(nil)
        let kept = LockedBox<Reply<Token>?>(nil)
        let isOver = Atomic<Bool>(false)
        let hasStopped = Atomic<Bool>(false)
        let alive = Atomic<Int>(0)
    }

    private final class Job: Sendable {
        let reply: Reply<Token>
        init(_ reply: Reply<Token>) { self.reply = reply }
    }

    private struct Answering: SynchronousGenServer {
        enum Call: Sendable {
            case once(Int, Reply<Token>)
            case twice(Int, Reply<Token>)
            /// Answered by the handler and by somebody else at the same time.
            case raced(Int, Reply<Token>)
            /// The same, with the reply behind something that is shared instead of it.
            case racedBehind(Int, Job)
            case keep(Reply<Token>)
            case answerKept(Int, Reply<Token>)
            case drop(Reply<Token>)
            /// The server ends, and answers then.
            case die(Int, Reply<Token>)
        }
        let shared: Shared

        func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .once(let number, let reply): reply(Token(number, shared))
            case .twice(let number, let reply):
                reply(Token(number, shared))
                reply(Token(number + 1, shared))
            case .raced(let number, let reply):
                shared.offered.set(reply)
                reply(Token(number, shared))
            case .racedBehind(let number, let job):
                shared.offeredJob.set(job)
                job.reply(Token(number, shared))
            case .keep(let reply): shared.kept.set(reply)
            case .answerKept(let number, let reply):
                shared.kept.withLock { $0.take() }?.send(Token(number + 1, shared))
                reply(Token(number, shared))
            case .drop: break
            case .die(let number, let reply):
                me.node.sendExit(.kill, to: me.pid)
                reply(Token(number, shared))
            }
            return .receive
        }
    }

    private func inProcess(
        _ body: @escaping @Sendable (ServerRef<Answering>, Shared) async throws -> Void
    ) async throws {
        let node = Node(name: "replies beneath", workers: 2)
        let shared = Shared()
        let process = node.spawn { _ in
            let server = try await Answering.start { Answering(shared: shared) }
            // Its caller's thread from the second on.
            _ = try await server.call { .once(0, $0) }
            try await body(server, shared)
        }
        let end = await process.waitForEnd(timeout: .seconds(60))
        shared.isOver.store(true, ordering: .releasing)
        #expect(end?.isNormal == true, "\(end.shown)")
        await node.shutdown()
    }

    @Test func `the first answer counts, and nothing of any is left`() async throws {
        try await inProcess { server, _ in
            for number in 0..<1_000 {
                #expect(try await server.call { .once(number, $0) }.number == number)
                #expect(try await server.call { .twice(number, $0) }.number == number)
            }
            let code = await #expect(throws: CallError.self) { try await server.call { .drop($0) } }?.code
            guard case .noReply? = code else { throw Misled(code: code) }
        }
    }

    @Test func `one who waits is answered by the call of another`() async throws {
        try await inProcess { server, shared in
            for number in 0..<200 {
                let waiting = LockedBox<Int?>(nil)
                let waiter = Node.current.spawn { _ in
                    waiting.set(try await server.call(timeout: .seconds(60)) { .keep($0) }.number)
                }
                while shared.kept.withLock({ $0 == nil }) { await Task.yield() }
                let own = try await server.call { .answerKept(number, $0) }
                #expect(own.number == number)
                let end = await waiter.waitForEnd()
                #expect(end?.isNormal == true, "\(end.shown)")
                #expect(waiting.get() == number + 1)
            }
        }
    }

    @Test func `of two who answer at the same time one counts, and what the other had is freed`() async throws {
        let tokens = LockedBox<Shared?>(nil)
        try await inProcess { server, shared in
            tokens.set(shared)
            Thread {
                while !shared.isOver.load(ordering: .acquiring) {
                    if let reply = shared.offered.withLock({ $0.take() }) { reply.send(Token(-1, shared)) }
                    if let job = shared.offeredJob.withLock({ $0.take() }) { job.reply(Token(-1, shared)) }
                }
                shared.hasStopped.store(true, ordering: .releasing)
            }
            .start()
            for number in 0..<5_000 {
                let token = try await server.call {
                    number.isMultiple(of: 2) ? .raced(number, $0) : .racedBehind(number, Job($0))
                }
                #expect(token.number == number || token.number == -1)
            }
            shared.isOver.store(true, ordering: .releasing)
            while !shared.hasStopped.load(ordering: .acquiring) { await Task.yield() }
            shared.offered.set(nil)
            shared.offeredJob.set(nil)
        }
        let shared = try #require(tokens.get())
        let limit = ContinuousClock.now + .seconds(20)
        while shared.alive.load(ordering: .relaxed) > 0, ContinuousClock.now < limit { await Task.yield() }
        #expect(shared.alive.load(ordering: .relaxed) == 0)
    }

    @Test func `a server that ends in its handler has not answered`() async throws {
        try await inProcess { server, _ in
            let code = await #expect(throws: CallError.self) { try await server.call { .die(1, $0) } }?.code
            guard case .exited(.killed)? = code else { throw Misled(code: code) }
        }
    }
}
