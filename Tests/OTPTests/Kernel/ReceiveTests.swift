import OTP
import OTPTestKit
import Synchronization
import Testing

@Suite struct ReceiveTests {
    /// Answers each number with its double, by a message.
    private static func doubler(to ref: ProcessRef<Letter>) -> ProcessRef<Int> {
        spawn(receiving: Int.self) { server in
            while true { ref.send(.left(try await server.receive(), nil)) }
        }
    }

    @Test("PR-126 a call costs the same whether the caller has unread messages or not")
    func callWithAFullMailbox() async throws {
        let looks = Mutex(0)
        let right = try await onThreads { me in
            let counter = try await Counter.start { Counter() }
            for i in 0..<500_000 { me.send(.number(i)) }
            _ = try await me.receive(within: .zero) { if case .text(let text) = $0 { text } else { nil } }
            for _ in 0..<1_000 {
                counter.cast(.increment)
                _ = try await counter.call { .value($0) }
            }
            // By hand, with messages: a wait looks at each message once, not again at every arrival.
            let server = Self.doubler(to: me.ref)
            let expected = 10
            for i in 0..<expected { server.send(i) }
            let last = try await me.receive { letter -> Int? in
                looks.withLock { $0 += 1 }
                if case .left(expected - 1, _) = letter { return 0 } else { return nil }
            }
            return last == 0 && me.mailboxCount >= 500_000
        }
        #expect(right)
        #expect(looks.withLock { $0 } < 500_100)
    }

    @Test("PR-127, PR-128, PR-129 receiving something else meanwhile, throwing or nesting does not lose a reply")
    func meanwhile() throws {
        let seen = try staged { me in
            var seen: [Int] = []
            let server = Self.doubler(to: me.ref)
            func reply(_ wanted: Int) async throws -> Int {
                try await me.receive { if case .left(wanted, _) = $0 { wanted } else { nil } }
            }
            server.send(1)
            me.send(.text("between"))
            _ = try await me.nextText()
            seen.append(try await reply(1))

            // A matcher that throws leaves every message where it was.
            server.send(2)
            do {
                let _: Int = try await me.receive { _ in throw Mishap("matcher") }
            } catch is Mishap { seen.append(-1) }
            server.send(3)
            seen.append(try await reply(3))
            seen.append(try await reply(2))

            func nested(_ depth: Int) async throws {
                server.send(100 + depth)
                if depth > 0 { try await nested(depth - 1) }
                seen.append(try await reply(100 + depth))
            }
            try await nested(3)
            return seen
        }
        #expect(seen == [1, -1, 3, 2, 100, 101, 102, 103])
    }

    @Test("PR-131 a selective receive that races with new messages never misses a match")
    func neverMisses() async throws {
        let right = try await onThreads { me in
            let ref = me.ref
            for round in 0..<300 {
                for part in 0..<4 {
                    spawn { _ in
                        for i in 0..<10 { ref.send(part == 0 && i == 5 ? .text("\(round)") : .number(i)) }
                    }
                }
                guard try await me.nextText() == "\(round)" else { return false }
                for _ in 0..<39 { _ = try await me.nextNumber() }
            }
            return try await me.hasNothing()
        }
        #expect(right)
    }

    @Test("PR-134 timeouts from five seconds down to a millisecond all fire, each at its time")
    func timeouts() throws {
        let limits = [5_000, 2_000, 1_000, 500, 100, 50, 20, 10, 5, 2, 1].map(Duration.milliseconds)
        let waited = try staged { me in
            var waited: [Duration] = []
            for limit in limits {
                let start = me.node.now
                let letter = try await me.receive(within: limit)
                waited.append(letter == nil ? me.node.now - start : .zero)
            }
            return waited
        }
        #expect(waited == limits)
    }

    @Test("PR-135 very long timeouts are accepted, and a message ends the wait")
    func longTimeouts() throws {
        let limits = [Duration.milliseconds(1 << 31), .milliseconds((1 << 32) - 1), .seconds(1 << 40)]
        let seen = try staged { me in
            var seen: [Int] = []
            for (i, limit) in limits.enumerated() {
                me.send(.number(i), after: .seconds(1))
                if case .number(let number)? = try await me.receive(within: limit) { seen.append(number) }
            }
            return seen
        }
        #expect(seen == [0, 1, 2])
    }

    @Test("PR-136 a limit below zero counts as zero, one beyond the clock as never")
    func strangeLimits() throws {
        let result = try staged { me in
            let start = me.node.now
            let nothing = try await me.receive(within: .seconds(-1))
            me.send(.number(1))
            let something = try await me.receive(within: .seconds(-1))
            let instantly = me.node.now == start
            me.send(.number(2), after: .seconds(86_000))
            let atLast = try await me.receive(within: .seconds(Int64.max))
            return (nothing == nil, something != nil, instantly, atLast != nil)
        }
        #expect(result == (true, true, true, true))
    }

    @Test("messages that come during a long wait neither end it nor begin it anew")
    func messagesMeanwhile() throws {
        let waited = try staged { me in
            let ticks = me.send(.number(1), every: .milliseconds(700))
            let start = me.node.now
            let text = try await me.receive(within: .seconds(3600)) {
                if case .text(let text) = $0 { text } else { nil }
            }
            ticks.cancel()
            let sender = spawn { [ref = me.ref] its in
                for number in 0..<9 {
                    try await its.sleep(for: .milliseconds(1))
                    ref.send(.number(number))
                }
            }
            let middle = me.node.now
            try await me.sleep(for: .seconds(60))
            let end = me.node.now
            var count = 0
            while try await me.receive(within: .zero) != nil { count += 1 }
            return (text, middle - start, end - middle, count, sender.isAlive)
        }
        #expect(waited == (nil, .seconds(3600), .seconds(60), 9, false))
    }

    @Test(
        "monitors that a selective receive ends as it looks take their messages along, and no other", arguments: 0..<4)
    func demonitorWhileLooking(wish: Int) throws {
        let (found, rest) = try staged { me in
            // Three that have ended, told of in their order, and a number behind them.
            var monitors: [MonitorRef] = []
            for _ in 0..<3 {
                let gone = spawn(receiving: Void.self) { _ in }
                monitors.append(me.monitor(gone.pid) { .down($0) })
                try await me.sleep(for: .milliseconds(1))
            }
            me.send(.number(7))
            let found = try await me.receive(within: .zero) { letter -> String? in
                switch letter {
                case .down(let down) where down.monitor == monitors[1]:
                    // Itself and takes it, itself and leaves it, one before, one behind and itself.
                    switch wish {
                    case 0: me.demonitor(monitors[1])
                    case 1:
                        me.demonitor(monitors[1])
                        return nil
                    case 2: me.demonitor(monitors[0])
                    default:
                        me.demonitor(monitors[2])
                        me.demonitor(monitors[1])
                    }
                    return "second"
                case .number(let number): return "\(number)"
                default: return nil
                }
            }
            var rest: [String] = []
            while let letter = try await me.receive(within: .zero) {
                switch letter {
                case .down(let down): rest.append("\(monitors.firstIndex(of: down.monitor) ?? -1)")
                case .number(let number): rest.append("number \(number)")
                default: rest.append("?")
                }
            }
            return (found, rest)
        }
        #expect(found == (wish == 1 ? "7" : "second"))
        #expect(rest == [["0", "2", "number 7"], ["0", "2"], ["2", "number 7"], ["0", "number 7"]][wish])
    }

    @Test("PR-137, PR-138 a limit of zero looks at everything once and leaves what it did not want, in order")
    func zero() throws {
        let result = try staged { me in
            for i in 0..<5 { me.send(.number(i)) }
            me.send(.text("wanted"))
            let start = me.node.now
            let none = try await me.receive(within: .zero) { if case .exit = $0 { 1 } else { nil } }
            let text = try await me.receive(within: .zero) { if case .text(let text) = $0 { text } else { nil } }
            var rest: [Int] = []
            while case .number(let number)? = try await me.receive(within: .zero) { rest.append(number) }
            return (none, text, rest, me.node.now - start)
        }
        #expect(result.0 == nil)
        #expect(result.1 == "wanted")
        #expect(result.2 == [0, 1, 2, 3, 4])
        #expect(result.3 == .zero)
    }

    @Test("PR-139 2,048 processes that wait for 2^32-1 milliseconds do not wake early")
    func manyLongWaits() throws {
        let virtual = VirtualNode()
        let woken = Mutex(0)
        for _ in 0..<2_048 {
            virtual.node.spawn(receiving: Int.self) { me in
                _ = try await me.receive(within: .milliseconds((1 << 32) - 1))
                woken.withLock { $0 += 1 }
            }
        }
        try virtual.advance(by: .milliseconds((1 << 32) - 2))
        #expect(woken.withLock { $0 } == 0)
        #expect(virtual.node.processCount == 2_048)
        try virtual.advance(by: .milliseconds(1))
        #expect(woken.withLock { $0 } == 2_048)
    }

    @Test("PR-140 10,000 processes whose waits end at the same instant all go on")
    func blast() throws {
        let virtual = VirtualNode()
        let woken = Mutex(0)
        for _ in 0..<10_000 {
            virtual.node.spawn(receiving: Int.self) { me in
                _ = try await me.receive(within: .seconds(10))
                woken.withLock { $0 += 1 }
            }
        }
        try virtual.advance(by: .seconds(10))
        #expect(woken.withLock { $0 } == 10_000)
        #expect(virtual.node.processCount == 0)
    }
}
