import OTPTestKit
import Testing

@testable import OTP

/// Messages that a selective receive has passed over, and those that wait for a resumption, wait like all others.
@Suite struct WaitingCountTests {
    /// Takes one letter out of the middle and then does what it is told.
    private static func chooser(
        linkedTo other: PID? = nil, _ then: @escaping @Sendable (PlainProcess<Int>) async throws -> Void
    ) -> ProcessRef<Int> {
        let process = spawn(receiving: Int.self) { its in
            if let other { try its.link(to: other) }
            let _: Bool = try await its.receive { $0 == 4 ? true : nil }
            try await then(its)
        }
        for number in 0..<7 { process.send(number) }
        return process
    }

    @Test("a process counts its own messages, those included that a selective receive has passed over")
    func own() throws {
        let counts = try staged { me in
            for number in 0..<5 { me.send(.number(number)) }
            let _: Bool = try await me.receive { if case .number(3) = $0 { true } else { nil } }
            let snapshot = me.snapshot()
            let first = [me.mailboxCount, snapshot?.mailboxCount, snapshot?.messages?.count]
            while try await me.receive(within: .zero) != nil {}
            return first + [me.mailboxCount]
        }
        #expect(counts == [4, 4, 4, 0])
    }

    @Test("others count them as well, whether the process waits or is at work")
    func byOthers() throws {
        let counts = try staged { me in
            let waiting = Self.chooser { its in let _: Bool = try await its.receive { $0 == 40 ? true : nil } }
            let working = Self.chooser { its in try await its.context.sleep(for: .seconds(10)) }
            try await me.sleep(for: .seconds(1))
            let snapshots = [waiting, working].map { me.node.snapshot(of: $0.pid) }
            let status = try await SystemControl.status(of: waiting)
            return (snapshots.map { $0?.mailboxCount }, snapshots.map { $0?.messages?.count }, status.mailboxCount)
        }
        #expect(counts.0 == [6, 6])
        #expect(counts.1 == [6, nil])
        #expect(counts.2 == 6)
    }

    @Test("a crash report counts them, of the process and of its neighbours")
    func crash() throws {
        let virtual = VirtualNode()
        let seen = SceneLog()
        virtual.node.onReport {
            guard case .crash(let crash) = $0 else { return }
            seen.note("\(crash.mailboxCount) \(crash.waiting.count) \(crash.neighbours.map(\.mailboxCount))")
        }
        try virtual.run { me in
            let neighbour = Self.chooser { its in try await its.sleep(for: .seconds(10)) }
            try await me.sleep(for: .seconds(1))
            let crasher = Self.chooser(linkedTo: neighbour.pid) { its in throw Broken() }
            _ = await crasher.waitForEnd()
        }
        virtual.node.onReport(nil)
        #expect(seen.lines.first == "6 6 [6]")
    }

    @Test("a mailbox is long, or its first message old, although the process has looked at what waits there")
    func alarms() throws {
        let reports = try staged { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 5)
            let process = Self.chooser { its in while true { _ = try await its.receive { $0 < 0 ? $0 : nil } } }
            try await me.sleep(for: .seconds(1))
            let long = me.node.checkMailboxes().map(\.count)
            let again = me.node.checkMailboxes().count
            me.node.mailboxThresholds = MailboxThresholds(count: 0, total: 5)
            // This process may have something waiting, too.
            let total = me.node.checkMailboxes().map { $0.count >= 6 }
            me.node.mailboxThresholds = MailboxThresholds(count: 0, age: .seconds(10))
            _ = me.node.checkMailboxes()
            try await me.sleep(for: .seconds(11))
            let old = me.node.checkMailboxes().map(\.pid) == [process.pid]
            return (long, again, total, old)
        }
        #expect(reports.0 == [6] && reports.1 == 0 && reports.2 == [true] && reports.3)
    }

    @Test("the first message is as old as it is although others are passed over behind it, or received before it")
    func ages() throws {
        let reports = try staged { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 0, age: .seconds(10))
            let process = spawn(receiving: Int.self) { its in
                while true { _ = try await its.receive { $0 < 0 ? $0 : nil } }
            }
            var seen: [Int] = []
            for second in 1...26 {
                process.send(second % 3 > 0 ? second : -second)
                try await me.sleep(for: .seconds(1))
                if me.node.checkMailboxes().map(\.pid) == [process.pid] { seen.append(second) }
            }
            return seen
        }
        #expect(reports == [12])
    }

    @Test("a message that is passed over is no younger than it was in front of the others")
    func ageWhenPassedOver() throws {
        let reports = try staged { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 0, age: .seconds(10))
            let sleeper = spawn { its in try await its.sleep(for: .seconds(9)) }
            let process = spawn(receiving: Int.self) { its in
                // What comes meanwhile stays in the mailbox, which a sleep of its own would empty.
                _ = await sleeper.waitForEnd()
                _ = try await its.receive { $0 < 0 ? $0 : nil }
            }
            process.send(1)
            var seen: [Int] = []
            for second in 1...20 {
                try await me.sleep(for: .seconds(1))
                if me.node.checkMailboxes().map(\.pid) == [process.pid] { seen.append(second) }
            }
            return seen
        }
        #expect(reports == [12])
    }

    @Test("what waits until a suspended server is resumed counts, and no more when it has been handled")
    func suspended() throws {
        let counts = try staged { me in
            me.node.mailboxThresholds = MailboxThresholds(count: 5)
            let server = try await Counter.start { Counter() }
            try await SystemControl.suspend(server)
            for _ in 0..<6 { server.cast(.increment) }
            try await me.sleep(for: .seconds(1))
            let during = me.node.checkMailboxes().map(\.count)
            try await SystemControl.resume(server)
            _ = try await server.call { .value($0) }
            let after = try await SystemControl.status(of: server).mailboxCount
            return (during, after)
        }
        #expect(counts.0 == [6])
        #expect(counts.1 == 0)
    }

    @Test("nothing is counted of what a process had set aside when it ended")
    func ended() throws {
        let count = try staged { me in
            let process = Self.chooser { _ in }
            guard let cell = Node.cell(process.pid) else { return -1 }
            _ = await process.waitForEnd()
            try await me.sleep(for: .milliseconds(1))
            return cell.setAside
        }
        #expect(count == 0)
    }
}
