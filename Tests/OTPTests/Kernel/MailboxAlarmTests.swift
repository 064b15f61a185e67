import OTPTestKit
import Testing

@testable import OTP

@Suite(.timeLimit(.minutes(2))) struct MailboxAlarmTests {
    /// Takes no further message while it waits for its gate.
    private struct Hoarder: GenServer {
        enum Cast: Sendable { case wait(Gate), junk }
        func handleCast(_ cast: Cast, _ me: Me) async -> Next {
            if case .wait(let gate) = cast { await gate.pass() }
            return .receive
        }
    }

    @Test func `a long mailbox is reported once, and again when it has been short meanwhile`() throws {
        let virtual = VirtualNode()
        try virtual.run { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 3)
            let server = try await Hoarder.start { Hoarder() }
            func fill(_ count: Int) async throws -> Gate {
                let gate = Gate()
                server.cast(.wait(gate))
                try await me.sleep(for: .milliseconds(1))
                for _ in 0..<count { server.cast(.junk) }
                return gate
            }
            let first = try await fill(3)
            #expect(me.node.checkMailboxes().isEmpty)
            server.cast(.junk)
            let reports = me.node.checkMailboxes()
            #expect(reports.map(\.pid) == [server.pid] && reports.map(\.count) == [4])
            #expect(reports.first.map { "\($0)" } == "4 messages wait in the mailbox of Hoarder \(server.pid)")
            #expect(me.node.checkMailboxes().isEmpty)
            first.open()
            try await me.sleep(for: .milliseconds(1))
            #expect(me.node.checkMailboxes().isEmpty)
            let second = try await fill(4)
            #expect(me.node.checkMailboxes().map(\.pid) == [server.pid])
            second.open()
        }
        try virtual.shutdown()
    }

    @Test func `so is a message that waits for long, and too many in all mailboxes together`() throws {
        let virtual = VirtualNode()
        try virtual.run { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 0, total: 5, age: .seconds(10))
            let gate = Gate()
            let servers = try await [Hoarder.start { Hoarder() }, Hoarder.start { Hoarder() }]
            for server in servers { server.cast(.wait(gate)) }
            try await me.sleep(for: .milliseconds(1))
            servers[0].cast(.junk)
            #expect(me.node.checkMailboxes().isEmpty)
            try await me.sleep(for: .seconds(10))
            #expect(me.node.checkMailboxes().isEmpty)
            try await me.sleep(for: .seconds(1))
            #expect(me.node.checkMailboxes().map(\.pid) == [servers[0].pid])
            for _ in 1...5 { servers[1].cast(.junk) }
            let reports = me.node.checkMailboxes()
            // This process may have something waiting, too.
            #expect(reports.map(\.kind) == ["all processes of node"] && reports.allSatisfy { $0.count >= 6 })
            #expect(me.node.checkMailboxes().isEmpty)
            gate.open()
        }
        try virtual.shutdown()
    }

    @Test func `on a node with threads nobody has to ask`() async throws {
        let node = Node(name: "watched", workers: 2)
        node.mailboxThresholds = MailboxThresholds(count: 3)
        node.alarms.period.set(.milliseconds(5))
        let (reports, report) = AsyncStream.makeStream(of: MailboxReport.self)
        node.onReport { if case .mailbox(let found) = $0 { report.yield(found) } }
        let server = try await node.with { try await Hoarder.start { Hoarder() } }
        let gate = Gate()
        server.cast(.wait(gate))
        for _ in 1...9 { server.cast(.junk) }
        // Work for the other worker, until the report is there.
        let busy = node.spawn { me in
            // With a limit, so that it fails where nobody reports anything.
            let limit = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < limit { try await me.yield() }
            report.finish()
        }
        #expect(await reports.first { _ in true }?.pid == server.pid)
        busy.sendExit(.kill)
        gate.open()
        await node.shutdown()
    }
}
