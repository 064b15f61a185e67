import OTPTestKit
import Synchronization
import Testing

@testable import OTP

@Suite struct TimerRequestTests {
    @Test("TI-014 what is left of a timer may come as a message, in the order of the requests")
    func answersAsMessages() throws {
        let letters = try staged { me in
            let timer = me.send(.text("fired"), after: .seconds(10))
            try await me.sleep(for: .seconds(4))
            me.read(timer) { .left(1, $0) }
            me.cancel(timer) { .left(2, $0) }
            me.read(timer) { .left(3, $0) }
            me.cancel(timer) { .left(4, $0) }
            var seen: [String] = []
            while let letter = try await me.receive(within: .seconds(60)) {
                if case .left(let number, let left) = letter {
                    seen.append("\(number) \(left.map { "\($0)" } ?? "over")")
                } else {
                    seen.append("\(letter)")
                }
            }
            return seen
        }
        #expect(letters == ["1 6.0 seconds", "2 6.0 seconds", "3 over", "4 over"])
    }

    @Test("TI-030 TI-047 a delay below zero, or an interval of nothing, starts nothing and says so")
    func badTimes() throws {
        let virtual = VirtualNode()
        let runs = Mutex(0)
        let error = #expect(throws: TimerError.self) {
            try virtual.node.spawn(after: .seconds(-1)) { _ in runs.withLock { $0 += 1 } }
        }
        #expect(error?.time == .seconds(-1))
        for interval in [Duration.zero, .seconds(-2)] {
            #expect(throws: TimerError.self) {
                try virtual.node.spawn(every: interval) { _ in runs.withLock { $0 += 1 } }
            }
        }
        try virtual.advance(by: .seconds(10))
        #expect(runs.withLock { $0 } == 0)
    }

    @Test func processesStartAtTheirTime() throws {
        let virtual = VirtualNode()
        let runs = Mutex(0)
        try virtual.node.spawn(after: .seconds(1)) { _ in runs.withLock { $0 += 100 } }
        let interval = try virtual.node.spawn(every: .seconds(2)) { _ in runs.withLock { $0 += 1 } }
        let never = try virtual.node.spawn(after: .seconds(1)) { _ in runs.withLock { $0 += 10_000 } }
        never.cancel()
        try virtual.advance(by: .seconds(7))
        #expect(runs.withLock { $0 } == 103)
        interval.cancel()
        try virtual.advance(by: .seconds(7))
        #expect(runs.withLock { $0 } == 103)
    }

    @Test("processes that must not overlap: each starts at its time, or when the one before has ended, crash or not")
    func processesThatWaitForEachOther() throws {
        struct Broken: Error {}
        let virtual = VirtualNode()
        virtual.node.silence()
        let start = virtual.node.now
        let seen = Mutex<[String]>([])
        let lengths: [Duration] = [.seconds(1), .seconds(5), .milliseconds(500), .seconds(2), .seconds(10)]
        let timer = try virtual.node.spawn(every: .seconds(2), overlapping: false) { me in
            let number = seen.withLock {
                $0.append("\(me.node.now - start)")
                return $0.count - 1
            }
            try await me.sleep(for: lengths[number % lengths.count])
            if number == 1 { throw Broken() }
        }
        try virtual.advance(by: .seconds(15))
        // At 4 until 9, then at once, and two seconds after that: 11 until 13, 13.
        let expected = ["2.0 seconds", "4.0 seconds", "9.0 seconds", "11.0 seconds", "13.0 seconds"]
        #expect(seen.withLock { $0 } == expected)
        // The one that runs is left alone, and none follows.
        #expect(timer.remaining == .zero)
        #expect(timer.cancel() == .zero)
        #expect(virtual.node.processCount == 1)
        try virtual.advance(by: .seconds(60))
        #expect(seen.withLock { $0 } == expected)
        #expect(virtual.node.processCount == 0)
    }

    @Test(arguments: [true, false])
    func `an interval of starts ends with the process that has asked for it, one start does not`(overlapping: Bool)
        throws
    {
        let virtual = VirtualNode()
        let runs = Mutex(0)
        let timers = Mutex<[TimerRef]>([])
        let setter = virtual.node.spawn(receiving: Int.self) { me in
            let interval = try me.node.spawn(every: .seconds(1), overlapping: overlapping) { its in
                runs.withLock { $0 += 1 }
                try await its.sleep(for: .milliseconds(900))
            }
            let later = try me.node.spawn(after: .seconds(10)) { _ in runs.withLock { $0 += 100 } }
            timers.withLock { $0 = [interval, later] }
            _ = try await me.receive()
        }
        try virtual.advance(by: .milliseconds(2_500))
        #expect(runs.withLock { $0 } == 2)
        setter.send(1)
        try virtual.runUntilIdle()
        #expect(timers.withLock { $0.map(\.remaining) } == [nil, .milliseconds(7_500)])
        // The process that was started runs to its end.
        #expect(virtual.node.processCount == 1)
        try virtual.advance(by: .seconds(10))
        #expect(runs.withLock { $0 } == 102)
    }

    @Test func `an interval of starts on another node is the process's own too`() throws {
        let (here, there) = (VirtualNode(), VirtualNode(name: "there"))
        let starts = Mutex<[String]>([])
        let setter = here.node.spawn(receiving: Int.self) { me in
            try there.node.spawn(every: .seconds(1)) { its in starts.withLock { $0.append(its.node.name) } }
            _ = try await me.receive()
        }
        try here.advance(by: .milliseconds(2_500))
        setter.sendExit(.kill)
        try here.advance(by: .seconds(10))
        try there.advance(by: .seconds(10))
        #expect(starts.withLock { $0 } == ["there", "there"])
    }

    @Test func `an interval of starts that a server sets in its init ends with the server`() throws {
        struct Beater: GenServer {
            init(_ runs: LockedBox<Int>) throws {
                try Node.current.spawn(every: .seconds(1)) { _ in runs.withLock { $0 += 1 } }
            }
        }
        let runs = LockedBox(0)
        try VirtualNode().run { me in
            let beater = try await Beater.start { try Beater(runs) }
            try await me.sleep(for: .milliseconds(2_500))
            try await beater.stop()
            try await me.sleep(for: .seconds(10))
        }
        #expect(runs.get() == 2)
    }

    @Test func aHandlerSleepsByTheClockOfItsNode() throws {
        struct Sleeper: GenServer {
            enum Call: Sendable { case nap(Duration, Reply<Duration>) }
            mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
                switch call {
                case .nap(let duration, let reply):
                    let start = me.node.now
                    try await me.sleep(for: duration)
                    return reply(me.node.now - start)
                }
            }
        }
        let slept = try VirtualNode().run { _ in
            let sleeper = try await Sleeper.start { Sleeper() }
            return try await sleeper.call { .nap(.seconds(3), $0) }
        }
        #expect(slept == .seconds(3))
    }
}
