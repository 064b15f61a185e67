import OTPTestKit
import Testing

@testable import OTP

@Suite struct IntervalTests {
    private static let local = ServerName<TickRecorder>("recorder")
    private static let global = ServerName<TickRecorder>.global("recorder")

    @Test("TI-046 TI-057 an interval goes on until it is cancelled, and not a tick longer") func cancelled() throws {
        try VirtualNode(seed: 1).run(receiving: Int.self) { me in
            let start = me.node.now
            let timer = me.send(1, every: .seconds(1))
            for round in 1...5 {
                _ = try await me.receive()
                #expect(me.node.now - start == .seconds(round))
            }
            #expect(timer.cancel() == .seconds(1))
            #expect(try await me.receive(within: .seconds(60)) == nil)
        }
    }

    @Test("TI-069 a tick that is still in the mailbox when its interval is cancelled is not delivered") func waiting()
        throws
    {
        try VirtualNode(seed: 2).run(receiving: Int.self) { me in
            let ref = me.ref
            let timer = me.send(1, every: .milliseconds(10))
            // The tick is put into the mailbox while this process is busy with something else.
            let busy = spawn { inner in try await inner.sleep(for: .milliseconds(15)) }
            _ = await busy.waitForEnd()
            #expect(timer.cancel() != nil)
            ref.send(2)
            let first = try await me.receive()
            #expect(first == 2)
            #expect(try await me.receive(within: .seconds(1)) == nil)
        }
    }

    @Test("TI-049 TI-050 TI-051 an interval goes to a process, to a local name and to a name of all nodes")
    func targets() throws {
        try VirtualNode(seed: 3).run { me in
            let one = try await TickRecorder.start { TickRecorder() }
            let two = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            let three = try await TickRecorder.start(name: Self.global) { TickRecorder() }
            let timers = [
                one.send(.tick(1), every: .seconds(1)), Self.local.send(.tick(2), every: .seconds(1)),
                Self.global.send(.tick(3), every: .seconds(1)),
            ]
            try await me.sleep(for: .milliseconds(3_500))
            for timer in timers { #expect(timer.cancel() != nil) }
            try await me.sleep(for: .seconds(10))
            #expect(try await one.numbers() == [1, 1, 1])
            #expect(try await two.numbers() == [2, 2, 2])
            #expect(try await three.numbers() == [3, 3, 3])
        }
    }

    @Test("TI-052 an interval ends with its receiver") func receiverEnds() throws {
        try VirtualNode(seed: 4).run { me in
            let server = try await TickRecorder.start { TickRecorder() }
            let timer = server.send(.tick(1), every: .seconds(1))
            try await me.sleep(for: .milliseconds(1_500))
            #expect(timer.remaining == .milliseconds(500))
            try await server.stop()
            #expect(timer.remaining == nil)
            #expect(timer.cancel() == nil)
        }
    }

    @Test("TI-055 TI-056 whatever is pending when it is cancelled never happens") func pending() throws {
        try VirtualNode(seed: 5).run(receiving: Int.self) { me in
            let name = ServerName<TickRecorder>("recorder")
            let server = try await TickRecorder.start(name: name) { TickRecorder() }
            let timers = [
                me.send(1, after: .seconds(1)), me.send(2, every: .seconds(1)), name.send(.tick(3), after: .seconds(1)),
                name.send(.tick(4), every: .seconds(1)), server.sendExit(.kill, after: .seconds(1)),
            ]
            for timer in timers { #expect(timer.cancel() == .seconds(1)) }
            #expect(try await me.receive(within: .seconds(60)) == nil)
            #expect(try await server.numbers().isEmpty)
        }
    }

    @Test("TI-070 TI-071 of many timers and intervals at once none is early, lost or adrift") func many() throws {
        for seed in 0..<20 as Range<UInt64> {
            try VirtualNode(seed: seed).run { me in
                let server = try await TickRecorder.start { TickRecorder() }
                var random = SystemRandomNumberGenerator()
                let start = me.node.now
                var expected: [Int: Duration] = [:]
                for number in 0..<200 {
                    let time = Duration.milliseconds(Int.random(in: 0...5_000, using: &random))
                    expected[number] = time
                    server.send(.tick(number), after: time)
                }
                let period = Duration.milliseconds(Int.random(in: 10...500, using: &random))
                let interval = server.send(.tick(-1), every: period)
                // Others that compute and yield meanwhile.
                for _ in 0..<4 {
                    spawn { inner in for _ in 0..<200 { try await inner.yield() } }
                }
                try await me.sleep(for: .seconds(6))
                interval.cancel()
                let ticks = try await server.ticks()
                for tick in ticks where tick.number >= 0 { #expect(tick.time - start == expected[tick.number]) }
                #expect(ticks.count { $0.number >= 0 } == 200)
                let rounds = ticks.filter { $0.number == -1 }.map { $0.time - start }
                #expect(
                    rounds.count == Int(Duration.seconds(6) / period)
                        || rounds.count + 1 == Int(Duration.seconds(6) / period))
                for (round, time) in rounds.enumerated() { #expect(time == period * (round + 1)) }
            }
        }
    }

    @Test func timesBelowZeroCountAsNone() throws {
        try VirtualNode(seed: 8).run(receiving: Int.self) { me in
            let start = me.node.now
            me.send(1, after: .seconds(-5))
            let first = try await me.receive()
            #expect(first == 1)
            #expect(me.node.now == start)
            let timer = me.send(2, every: .seconds(-5))
            for _ in 0..<3 { _ = try await me.receive() }
            timer.cancel()
            #expect(me.node.now - start == .microseconds(3))
        }
    }

    @Test("an interval longer than any clock goes never comes", arguments: [IntervalMode.rate, .delay])
    func endless(mode: IntervalMode) throws {
        try VirtualNode(seed: 11).run(receiving: Int.self) { me in
            let timer = me.send(1, every: .seconds(Int64.max), mode: mode)
            let tick = try await me.receive(within: .seconds(1_000))
            #expect(tick == nil)
            #expect(timer.cancel() != nil)
        }
    }

    @Test func ticksNeverPileUp() throws {
        try VirtualNode(seed: 6).run(receiving: Int.self) { me in
            me.send(1, every: .milliseconds(10))
            let busy = spawn { inner in try await inner.sleep(for: .seconds(1)) }
            _ = await busy.waitForEnd()
            #expect(me.snapshot()?.mailboxCount ?? 0 <= 1)
            let start = me.node.now
            _ = try await me.receive()
            #expect(me.node.now == start)
            _ = try await me.receive()
            #expect(me.node.now - start <= .milliseconds(10))
            #expect(me.node.now > start)
        }
    }

    @Test func `a tick that is set aside keeps others of its interval away, and is gone when that is cancelled`() throws
    {
        try VirtualNode(seed: 9).run(receiving: Int.self) { me in
            let timer = me.send(1, every: .milliseconds(10))
            let wanted: (Int) -> Int? = { $0 == 2 ? $0 : nil }
            #expect(try await me.receive(within: .seconds(1), matching: wanted) == nil)
            #expect(me.snapshot()?.mailboxCount == 1)
            let start = me.node.now
            _ = try await me.receive()
            #expect(me.node.now == start)
            _ = try await me.receive()
            #expect(me.node.now - start == .milliseconds(10))
            #expect(try await me.receive(within: .seconds(1), matching: wanted) == nil)
            #expect(timer.cancel() != nil)
            #expect(try await me.receive(within: .seconds(1)) == nil)
        }
    }

    @Test func `a tick that waits when its interval is cancelled is shown no more, set aside or not`() throws {
        try VirtualNode(seed: 12).run(receiving: Int.self) { me in
            for looksFirst in [false, true] {
                let timer = me.send(1, every: .milliseconds(10))
                _ = await spawn { its in try await its.sleep(for: .milliseconds(15)) }.waitForEnd()
                if looksFirst { _ = try await me.receive(within: .zero, matching: { $0 == 2 ? $0 : nil }) }
                me.send(3)
                let before = me.snapshot()
                #expect(before?.messages == ["1", "3"])
                timer.cancel()
                let after = me.snapshot()
                #expect(after?.messages == ["3"] && after?.mailboxCount == 1)
                #expect(try await me.receive() == 3)
            }
        }
    }

    @Test func `an interval has time left at each moment, also while its tick is being delivered`() throws {
        let virtual = VirtualNode(seed: 13)
        let service = virtual.node.scheduler.timers
        let seen = LockedBox<[Duration?]>([])
        let timer = ProcessTimer(
            service: service, owner: nil, deadline: Deadline.after(.seconds(1), from: service.now),
            repetition: .rate(Deadline.nanoseconds(.seconds(1)))
        ) { timer in
            seen.withLock { $0.append(TimerRef(timer.service, timer.index, timer.id).remaining) }
            _ = timer.taken()
        }.start()
        try virtual.advance(by: .milliseconds(2_500))
        #expect(seen.get() == [.zero, .zero])
        #expect(timer.cancel() == .milliseconds(500))
        #expect(timer.remaining == nil)
    }

    @Test func `a delay goes on from when the tick that was set aside is received`() throws {
        try VirtualNode(seed: 10).run(receiving: Int.self) { me in
            let start = me.node.now
            me.send(1, every: .seconds(1), mode: .delay)
            let none: (Int) -> Int? = { _ in nil }
            #expect(try await me.receive(within: .milliseconds(3_500), matching: none) == nil)
            _ = try await me.receive()
            _ = try await me.receive()
            #expect(me.node.now - start == .milliseconds(4_500))
        }
    }

    @Test func aDelayIsCountedFromTheLastTickThatWasTaken() throws {
        try VirtualNode(seed: 7).run(receiving: Int.self) { me in
            let start = me.node.now
            me.send(1, every: .seconds(1), mode: .delay)
            _ = try await me.receive()
            // Busy until 3.5 s: the tick of the second second waits in the mailbox.
            let busy = spawn { inner in try await inner.sleep(for: .milliseconds(2_500)) }
            _ = await busy.waitForEnd()
            _ = try await me.receive()
            #expect(me.node.now - start == .milliseconds(3_500))
            _ = try await me.receive()
            #expect(me.node.now - start == .milliseconds(4_500))
        }
    }
}
