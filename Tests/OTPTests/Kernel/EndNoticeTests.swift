import OTPTestKit
import Synchronization
import Testing

@testable import OTP

/// Notices of ends that `receive` takes straight out of the mailbox.
@Suite struct EndNoticeTests {
    @Test("of a process that nobody is tied to the timers end with it, and the reason is that of the signal")
    func untied() throws {
        let (isLeft, reasons) = try staged { me in
            let timer = LockedBox<TimerRef?>(nil)
            let reasons = LockedBox<[String]>([])
            me.node.onReport { report in
                if case .crash(let crash) = report { reasons.withLock { $0.append("\(crash.reason)") } }
            }
            spawn(receiving: Int.self) { me in timer.withLock { $0 = me.context.send(1, after: .seconds(3_600)) } }
            spawn { me in me.context.sendExit(.reason(.failure("asked")), to: me.pid) }
            try await me.sleep(for: .seconds(1))
            me.node.onReport(nil)
            return (timer.get().map { $0.cancel() != nil }, reasons.get())
        }
        #expect(isLeft == false)
        #expect(reasons.count == 1 && reasons.first?.contains("asked") == true, "\(reasons)")
    }

    @Test("what the end of a sleep leaves behind sets nothing aside that comes after it")
    func afterSleep() throws {
        let counts = try staged { me in
            try await me.sleep(for: .seconds(1))
            for number in 1...3 { me.ref.send(.number(number)) }
            var counts: [Int] = []
            for _ in 1...3 {
                guard case .number(let number) = try await me.receive() else { continue }
                counts += [number, Int(me.cell.setAsideCount.load(ordering: .relaxed))]
            }
            return counts
        }
        #expect(counts == [1, 0, 2, 0, 3, 0])
    }

    @Test("notices and messages come in the order in which they were sent, without those taken back")
    func order() throws {
        let result = try staged { me in
            let a = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let b = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let c = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let monitors = [a, b, c].map { me.watch($0.pid) }
            me.ref.send(.number(1))
            a.send(0)
            try await me.sleep(for: .seconds(1))
            return try await Self.rest(me, b, c, monitors)
        }
        #expect(result.isEmpty, "\(result)")
    }

    private static func rest(
        _ me: PlainProcess<Letter>, _ b: ProcessRef<Int>, _ c: ProcessRef<Int>, _ monitors: [MonitorRef]
    ) async throws -> [String] {
        var wrong: [String] = []
        func expect(_ isRight: Bool, _ what: String) { if !isRight { wrong.append(what) } }
        // What was there while it slept has been set aside.
        if case .number(1) = try await me.receive() {} else { wrong.append("first") }
        if case .down(let down) = try await me.receive() { expect(down.monitor == monitors[0], "a") }
        // What the end of the sleep has left is no message, but would have all that follows set aside.
        expect(try await me.hasNothing(), "early")
        // From here on nothing is set aside: the others end while this one waits its turn.
        b.send(0)
        while b.isAlive { try await me.yield() }
        me.ref.send(.number(2))
        c.send(0)
        while c.isAlive { try await me.yield() }
        me.ref.send(.number(3))
        me.demonitor(monitors[1], flush: true)
        let before = me.cell.seenCount
        if case .number(2) = try await me.receive() {} else { wrong.append("second") }
        if case .down(let down) = try await me.receive() { expect(down.monitor == monitors[2], "c") }
        if case .number(3) = try await me.receive() {} else { wrong.append("third") }
        let seen = me.cell.seenCount - before
        expect(seen == 3, "seen \(seen)")
        expect(try await me.hasNothing(), "more")
        return wrong
    }

    @Test("ten thousand linked processes that are killed with one: each end is told once")
    func many() async throws {
        let count = 10_000
        let (told, reasons) = try await onThreads { me in
            let parent = me.ref
            let hub = spawn(receiving: Letter.self) { hub in
                for _ in 0..<count {
                    let child = hub.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
                    parent.send(.number(Int(child.pid.raw)))
                }
                _ = try await hub.receive()
            }
            for _ in 0..<count {
                let number = try await me.nextNumber()
                _ = me.watch(PID(raw: UInt64(number)))
            }
            hub.sendExit(.kill)
            var told: Set<PID> = []
            var reasons = 0
            for _ in 0..<count {
                guard case .down(let down) = try await me.receive() else { continue }
                told.insert(down.pid)
                if down.reason.wasKilled { reasons += 1 }
            }
            return (told.count, try await me.hasNothing() ? reasons : -1)
        }
        #expect(told == count)
        #expect(reasons == count)
    }
}
