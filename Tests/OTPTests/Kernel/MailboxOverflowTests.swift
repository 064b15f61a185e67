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

    @Test func `a node's bound holds for those that start while it stands and bring none of their own`() throws {
        let counts = try VirtualNode(seed: 1).run { me in
            func received(_ options: SpawnOptions = SpawnOptions()) async throws -> Int {
                let count = LockedBox(0)
                let receiver = spawn(receiving: Int.self, options: options) { receiver in
                    try await receiver.sleep(for: .seconds(1))
                    while try await receiver.receive(within: .zero) != nil { count.withLock { $0 += 1 } }
                }
                for number in 0..<9 { receiver.send(number) }
                try await me.sleep(for: .seconds(2))
                return count.get()
            }
            var counts = [try await received()]
            me.node.mailboxBound = .atMost(3)
            counts.append(me.node.mailboxBound?.count ?? 0)
            counts.append(try await received())
            counts.append(try await received(SpawnOptions(mailbox: .atMost(5))))
            me.node.mailboxBound = nil
            counts.append(try await received())
            return counts
        }
        #expect(counts == [9, 3, 3, 5, 9])
    }

    @Test func `of a full mailbox the oldest goes, and a call among them is told that there was no room`() throws {
        for seed in 0..<4 as Range<UInt64> {
            let dropped = try outcomes(.dropOldest, seed: seed)
            #expect(dropped.calls == ["1 overloaded", "2 overloaded", "3 done", "4 done"])
            #expect(dropped.handled == [3, 4])
        }
    }

    @Test func `the oldest that goes is told so by a server that is watched, too`() throws {
        try VirtualNode(seed: 1).run(receiving: String.self) { me in
            let gate = Gate()
            let server = try await Clerk.start(
                options: ServerOptions(mailbox: .atMost(1, onOverflow: .dropOldest), debug: [.log()])
            ) { Clerk(gate: gate) }
            server.cast(.wait)
            try await me.sleep(for: .nanoseconds(1))
            try await me.note(2, on: server)
            gate.open()
            #expect(try await me.outcomes(2) == ["1 overloaded", "2 done"])
        }
    }

    @Test func `while a server is suspended its bound holds, and messages keep their room until they are handled`()
        throws
    {
        try VirtualNode(seed: 1).run(receiving: String.self) { me in
            let server = try await Clerk.start(options: ServerOptions(mailbox: .atMost(2))) { Clerk(gate: Gate()) }
            try await SystemControl.suspend(server)
            try await me.note(4, on: server)
            #expect(try await me.outcomes(2) == ["3 overloaded", "4 overloaded"])
            try await SystemControl.resume(server)
            #expect(try await me.outcomes(2) == ["1 done", "2 done"])
            // All of the room is there again.
            try await me.note(2, on: server)
            #expect(try await me.outcomes(2) == ["1 done", "2 done"])
        }
    }

    @Test func `while a server is suspended the oldest go at once`() throws {
        try VirtualNode(seed: 1).run(receiving: String.self) { me in
            let server = try await Clerk.start(
                options: ServerOptions(mailbox: .atMost(2, onOverflow: .dropOldest))
            ) { Clerk(gate: Gate()) }
            try await SystemControl.suspend(server)
            try await me.note(5, on: server)
            #expect(try await me.outcomes(3) == ["1 overloaded", "2 overloaded", "3 overloaded"])
            try await SystemControl.resume(server)
            #expect(try await me.outcomes(2) == ["4 done", "5 done"])
        }
    }

    @Test func `the same holds for a state machine`() throws {
        try VirtualNode(seed: 1).run(receiving: String.self) { me in
            let machine = try await TallyMachine.start(options: ServerOptions(mailbox: .atMost(2))) { TallyMachine() }
            try await SystemControl.suspend(machine)
            for _ in 0..<5 {
                machine.cast(.count)
                try await me.sleep(for: .nanoseconds(1))
            }
            try await SystemControl.resume(machine)
            #expect(try await machine.call { .total($0) } == 2)
        }
    }

    @Test(arguments: [(MailboxBound.Overflow.reject, [1, 2, 6, 7]), (.dropOldest, [4, 5, 7, 8])])
    func `what a plain process sets aside keeps its room until it is received`(
        _ overflow: MailboxBound.Overflow, _ expected: [Int]
    ) throws {
        try VirtualNode(seed: 1).run { me in
            let received = LockedBox<[Int]>([])
            let options = SpawnOptions(mailbox: .atMost(2, onOverflow: overflow))
            let hoarder = spawn(receiving: Int.self, options: options) { hoarder in
                for _ in 0..<2 {
                    // Waits for what never comes: all others are set aside.
                    #expect(try await hoarder.receive(within: .seconds(1), matching: { $0 < 0 ? $0 : nil }) == nil)
                    while let next = try await hoarder.receive(within: .zero) { received.withLock { $0.append(next) } }
                }
            }
            for numbers in [1...5, 6...8] {
                for number in numbers {
                    hoarder.send(number)
                    try await me.sleep(for: .milliseconds(1))
                }
                try await me.sleep(for: .seconds(1))
            }
            #expect(received.get() == expected)
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

extension PlainProcess where Message == String {
    /// Calls the clerk, numbered from 1, from processes of their own, one after the other.
    fileprivate nonisolated(nonsending) func note(_ count: Int, on server: ServerRef<Clerk>) async throws {
        for number in 1...count {
            start {
                try await server.call(timeout: .seconds(60)) { .note(number, $0) }
            } then: { outcome in
                switch outcome {
                case .success: "\(number) done"
                case .failure(let error as CallError): "\(number) \(error.code)"
                case .failure(let error): "\(number) \(error)"
                }
            }
            try await sleep(for: .nanoseconds(1))
        }
    }

    /// What became of so many of the calls, in their order.
    fileprivate nonisolated(nonsending) func outcomes(_ count: Int) async throws -> [String] {
        var outcomes: [String] = []
        while outcomes.count < count, let next = try await receive(within: .seconds(30)) { outcomes.append(next) }
        return outcomes.sorted()
    }
}

/// Counts in its only state.
private struct TallyMachine: GenStateMachine {
    enum State: Sendable, Hashable { case counting }
    enum Call: Sendable { case total(Reply<Int>) }
    enum Cast: Sendable { case count }
    var total = 0
    var initialState: State { .counting }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .cast(.count):
            total += 1
            return .keep
        case .call(.total(let reply)): return reply(total)
        }
    }
}
