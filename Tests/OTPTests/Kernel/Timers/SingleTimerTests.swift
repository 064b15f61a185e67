import OTP
import OTPTestKit
import Testing

@Suite struct SingleTimerTests {
    @Test("TI-001 TI-024 a timer delivers after its time, and is over then") func delivers() throws {
        try VirtualNode(seed: 1).run(receiving: String.self) { me in
            let start = me.node.now
            let timer = me.send("tick", after: .milliseconds(500))
            let message = try await me.receive()
            #expect(message == "tick")
            #expect(me.node.now - start == .milliseconds(500))
            #expect(timer.remaining == nil)
            #expect(timer.cancel() == nil)
        }
    }

    @Test("TI-001 a message may tell of which timer it is, so that an old one is known") func tellsItsTimer() throws {
        enum Note: Sendable, Equatable { case retry(TimerRef), other }
        try VirtualNode(seed: 1).run(receiving: Note.self) { me in
            let start = me.node.now
            let old = me.send(after: .seconds(1)) { .retry($0) }
            _ = await spawn { its in try await its.sleep(for: .seconds(2)) }.waitForEnd()
            // Too late: its message waits.
            #expect(old.cancel() == nil)
            let new = me.send(after: .seconds(1)) { .retry($0) }
            #expect(new.remaining == .seconds(1))
            let notes = [try await me.receive(), try await me.receive()]
            #expect(notes == [.retry(old), .retry(new)])
            #expect(me.node.now - start == .seconds(3))
            #expect(old != new && new.remaining == nil)
            let never = me.send(after: .seconds(1)) { .retry($0) }
            #expect(never.cancel() == .seconds(1))
            let none = try await me.receive(within: .seconds(5))
            #expect(none == nil)
        }
    }

    @Test func `who has the reference of a plain process sets timers for it`() throws {
        try VirtualNode(seed: 1).run(receiving: Int.self) { me in
            let (start, ref) = (me.node.now, me.ref)
            ref.send(1, after: .seconds(1))
            ref.send(2, at: start + .seconds(2))
            let interval = ref.send(3, every: .milliseconds(2_500))
            var seen: [Int] = []
            for _ in 0..<4 { seen.append(try await me.receive()) }
            #expect(seen == [1, 2, 3, 3])
            #expect(me.node.now - start == .seconds(5))
            #expect(interval.cancel() != nil)
        }
    }

    @Test func `many timers that are due at the same moment all deliver then, each once`() throws {
        try VirtualNode(seed: 1).run(receiving: Int.self) { me in
            let (start, point) = (me.node.now, me.node.now + .seconds(3))
            for number in 0..<3_000 { me.send(number, at: point) }
            var numbers = Set<Int>()
            for _ in 0..<3_000 { numbers.insert(try await me.receive()) }
            #expect(numbers.count == 3_000)
            #expect(me.node.now - start == .seconds(3))
            #expect(try await me.receive(within: .seconds(10)) == nil)
        }
    }

    @Test("TI-002 TI-026 cancelling tells the time that was left, once") func cancels() throws {
        try VirtualNode(seed: 2).run(receiving: String.self) { me in
            let timer = me.send("tick", after: .milliseconds(500))
            #expect(timer.remaining == .milliseconds(500))
            try await me.sleep(for: .milliseconds(200))
            #expect(timer.remaining == .milliseconds(300))
            #expect(timer.cancel() == .milliseconds(300))
            #expect(timer.cancel() == nil)
            #expect(timer.remaining == nil)
            #expect(try await me.receive(within: .seconds(10)) == nil)
        }
    }

    @Test("TI-004 TI-005 timers deliver in the order of their times, whatever the order in which they were set")
    func order() throws {
        try VirtualNode(seed: 3).run(receiving: Int.self) { me in
            let times = Array(stride(from: 0, through: 5_000, by: 100)) + Array(1...50)
            for time in times.shuffled() { me.send(time, after: .milliseconds(time)) }
            var seen: [Int] = []
            for _ in times { seen.append(try await me.receive()) }
            #expect(seen == times.sorted())
        }
    }

    @Test("TI-006 TI-062 very long times are taken as they are") func long() throws {
        try VirtualNode(seed: 4).run(receiving: Int.self, within: .seconds(10_000_000)) { me in
            let long = Duration.milliseconds(Int64(1) << 31)
            let timer = me.send(1, after: long)
            let longer = me.send(2, after: .seconds(Int64.max))
            try await me.sleep(for: .milliseconds(200))
            #expect(timer.remaining == long - .milliseconds(200))
            #expect(longer.remaining != nil)
            let sleeper = me.spawnLink { inner in try await inner.sleep(for: .milliseconds((Int64(1) << 32) + 5)) }
            try await me.sleep(for: .seconds(5))
            #expect(sleeper.isAlive)
        }
    }

    @Test("TI-007 TI-012 TI-059 what is no running timer is not cancelled and has no time left") func unknown() throws {
        try VirtualNode(seed: 5).run(receiving: Int.self) { me in
            let nobody = ServerName<TickRecorder>("nobody").send(.tick(1), every: .seconds(1))
            #expect(nobody.remaining == nil)
            #expect(nobody.cancel() == nil)
            let over = me.send(1, after: .zero)
            _ = try await me.receive()
            #expect(over.remaining == nil)
            #expect(over.cancel() == nil)
        }
    }

    @Test("TI-009 TI-027 TI-054 a time of zero delivers at once; cancelling afterwards changes nothing") func zero()
        throws
    {
        try VirtualNode(seed: 6).run(receiving: Int.self) { me in
            let start = me.node.now
            let timer = me.send(7, after: .zero)
            try await me.sleep(for: .milliseconds(1))
            #expect(timer.cancel() == nil)
            #expect(try await me.receive(within: .zero) == 7)
            let ref = me.ref
            me.spawnLink { inner in
                try await inner.sleep(for: .zero)
                ref.send(8)
            }
            #expect(try await me.receive() == 8)
            #expect(me.node.now - start == .milliseconds(1))
        }
    }

    @Test("TI-015 TI-021 timers end with the process that they would go to") func dead() throws {
        try VirtualNode(seed: 7).run { me in
            let server = try await TickRecorder.start { TickRecorder() }
            let timers = (0..<5_000).map { server.send(.tick($0), after: .seconds($0 + 1)) }
            #expect(timers.allSatisfy { $0.remaining != nil })
            server.sendExit(.kill)
            #expect(timers.allSatisfy { $0.remaining == nil && $0.cancel() == nil })
            #expect(server.send(.tick(1), after: .seconds(1)).remaining == nil)
            #expect(server.send(.tick(1), every: .seconds(1)).remaining == nil)
        }
    }

    @Test("TI-016 messages of any size arrive unchanged") func sizes() throws {
        try VirtualNode(seed: 8).run(receiving: [UInt8].self) { me in
            let messages = (0..<200).map { number in
                [UInt8](repeating: UInt8(number), count: number % 2 == 0 ? number : 40_000)
            }
            for (number, message) in messages.enumerated() {
                me.send(message, after: .milliseconds(number < 100 ? 5 : number))
            }
            var seen: [[UInt8]] = []
            for _ in messages { seen.append(try await me.receive()) }
            #expect(Set(seen) == Set(messages))
        }
    }

    @Test("TI-025 a timer may name a point in time") func absolute() throws {
        try VirtualNode(seed: 9).run(receiving: Int.self) { me in
            let point = me.node.now + .seconds(3)
            try await me.sleep(for: .seconds(1))
            me.ref.server.send(1, at: point)
            _ = try await me.receive()
            #expect(me.node.now == point)
        }
    }

    @Test("TI-061 TI-064 sleeping lasts as long as asked, in any unit") func sleeps() throws {
        try VirtualNode(seed: 10).run { me in
            for time in [Duration.seconds(1), .milliseconds(1_500), .seconds(3_600 + 2 * 60 + 3), .microseconds(7)] {
                let start = me.node.now
                try await me.sleep(for: time)
                #expect(me.node.now - start == time)
            }
        }
    }

    @Test("TI-029 the first timer of a node needs nothing to be started before") func firstUse() async throws {
        let node = Node(name: "fresh", workers: 1)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Int.self)
        node.spawn(receiving: Int.self) { me in
            me.send(1, after: .milliseconds(1))
            arrived.yield(try await me.receive())
            arrived.finish()
        }
        var seen: [Int] = []
        for await number in arrivals { seen.append(number) }
        #expect(seen == [1])
        await node.shutdown()
    }

    @Test("TI-065 TI-066 TI-067 nothing that is sent to anybody disturbs the timers of others") func disturbances()
        throws
    {
        let virtual = VirtualNode(seed: 11)
        try virtual.run(receiving: Int.self) { me in
            me.send(1, after: .seconds(1))
            let victim = try await TickRecorder.start { TickRecorder() }
            victim.send(.tick(1), every: .milliseconds(100))
            for number in 0..<64 as Range<UInt64> {
                guard let pid = PID("<\(me.pid.node).\(number).0>"), pid != me.pid else { continue }
                me.node.sendExit(.reason(.error(CancellationError())), to: pid)
                me.node.sendExit(.kill, to: pid)
            }
            #expect(!victim.isAlive)
            #expect(try await me.receive() == 1)
        }
    }

    @Test(
        "a timer that is cancelled by what it leads to has fired; those after it fire as well", .timeLimit(.minutes(1)))
    func cancelledByItself() throws {
        try VirtualNode(seed: 12).run(receiving: Int.self) { me in
            let timer = Locked<TimerRef?>(nil)
            let cancelled = Locked<Duration??>(nil)
            let victim = spawn(receiving: Int.self) { its in
                its.whenEnded { _ in cancelled.with { $0 = .some(timer.value?.cancel()) } }
                _ = try await its.receive()
            }
            try await me.sleep(for: .milliseconds(1))
            let kill = me.node.sendExit(.kill, to: victim.pid, after: .milliseconds(1))
            timer.with { $0 = kill }
            try await me.sleep(for: .milliseconds(2))
            #expect(!victim.isAlive)
            let left = cancelled.value
            #expect(left == .some(nil))
        }
    }

    @Test("TI-019 TI-020 a timer that is cancelled as it fires has either delivered or has not, never both")
    func races() async throws {
        let node = Node(name: "races", workers: 2)
        let (results, result) = AsyncStream.makeStream(of: (delivered: Set<Int>, missed: Set<Int>).self)
        for canceller in 0..<2 {
            node.spawn(receiving: Int.self) { me in
                var timers: [TimerRef] = []
                for number in 0..<400 { timers.append(me.send(number, after: .microseconds(50 * (number % 40)))) }
                let late: Set<Int>
                if canceller == 0 {
                    late = Set(timers.indices.filter { timers[$0].cancel() == nil })
                } else {
                    let all = timers
                    late = await Task.detached { Set(all.indices.filter { all[$0].cancel() == nil }) }.value
                }
                me.send(-1)
                var delivered = Set<Int>()
                while case let number = try await me.receive(), number >= 0 {
                    #expect(delivered.insert(number).inserted)
                }
                result.yield((delivered, late))
            }
        }
        var rounds = 0
        for await (delivered, late) in results {
            #expect(delivered == late)
            rounds += 1
            if rounds == 2 { break }
        }
        await node.shutdown()
    }
}
