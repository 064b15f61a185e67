import OTPTestKit
import Testing

@testable import OTP

@Suite struct MailboxOverflowTests {
    /// The outcomes of four calls, in their order, to a server that is busy and lets two messages wait; and what it has
    /// handled then.
    private func outcomes(
        _ overflow: MailboxBound.Overflow, seed: UInt64
    ) throws -> (calls: [String], handled: [Int]) {
        try VirtualNode(seed: seed).run(receiving: Int.self) { me in
            let gate = Gate()
            let server = try await Clerk.start(options: ServerOptions(mailbox: .atMost(2, onOverflow: overflow))) {
                Clerk(gate: gate)
            }
            server.cast(.wait)
            try await me.sleep(for: .nanoseconds(1))
            let results = Journal()
            for number in 1...4 {
                me.start {
                    try await server.call(timeout: .seconds(60)) { .note(number, $0) }
                } then: { outcome in
                    switch outcome {
                    case .success: results.note("\(number) done")
                    case .failure(let error as CallError): results.note("\(number) \(error.code)")
                    case .failure(let error): results.note("\(number) \(error)")
                    }
                    return number
                }
                try await me.sleep(for: .nanoseconds(1))
            }
            gate.open()
            for _ in 1...4 { _ = try await me.receive() }
            return (results.take().sorted(), try await server.call { .handled($0) })
        }
    }

    @Test func `of a full mailbox the newest is refused, or dropped without a reply`() throws {
        for seed in 0..<4 as Range<UInt64> {
            let rejected = try outcomes(.reject, seed: seed)
            #expect(rejected.calls == ["1 done", "2 done", "3 overloaded", "4 overloaded"])
            #expect(rejected.handled == [1, 2])
            let dropped = try outcomes(.dropNewest, seed: seed)
            #expect(dropped.calls == ["1 done", "2 done", "3 noReply", "4 noReply"])
            #expect(dropped.handled == [1, 2])
        }
    }

    @Test func `of a full mailbox the oldest goes, and a call among them is told that there was no room`() throws {
        for seed in 0..<4 as Range<UInt64> {
            let dropped = try outcomes(.dropOldest, seed: seed)
            #expect(dropped.calls == ["1 overloaded", "2 overloaded", "3 done", "4 done"])
            #expect(dropped.handled == [3, 4])
        }
    }

    @Test func `a reply that is dropped otherwise is no sign of a full mailbox`() throws {
        try VirtualNode(seed: 1).run { me in
            let server = try await Clerk.start(
                options: ServerOptions(mailbox: .atMost(2, onOverflow: .dropOldest))
            ) { Clerk(gate: Gate()) }
            let error = await #expect(throws: CallError.self) { try await server.call { .forget($0) } }
            guard case .noReply = error?.code else { throw error ?? CallError(.timeout) }
        }
    }
}

/// Notes what it handles; its first message keeps it busy.
private struct Clerk: GenServer {
    enum Call: Sendable { case note(Int, Reply<Void>), handled(Reply<[Int]>), forget(Reply<Void>) }
    enum Cast: Sendable { case wait }

    let gate: Gate
    var handled: [Int] = []

    init(gate: Gate) { self.gate = gate }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .note(let number, let reply):
            handled.append(number)
            return reply()
        case .handled(let reply): return reply(handled)
        case .forget: return .receive
        }
    }

    func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        await gate.pass()
        return .receive
    }
}
