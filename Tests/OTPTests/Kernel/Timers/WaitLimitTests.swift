import OTPTestKit
import Testing

@testable import OTP

/// The timers behind `receive(within:)` and `sleep(for:)` of a plain process.
@Suite struct WaitLimitTests {
    private static func timerCount(_ node: Node) -> Int {
        let timers = node.scheduler.timers
        return timers.guarding.withLock { timers.wheel.count }
    }

    @Test("TI-015 a wait that a message has ended leaves no timer behind, and neither does a process that has ended")
    func nothingIsLeft() throws {
        let virtual = VirtualNode()
        let most = try virtual.run(receiving: Int.self) { me in
            let ref = me.ref
            var most = 0
            for number in 0..<1_000 {
                spawn { _ in ref.send(number) }
                _ = try await me.receive(within: .seconds(3_600))
                if number % 2 == 0 {
                    _ = try await me.receive(within: .milliseconds(1))
                } else {
                    try await me.sleep(for: .milliseconds(1))
                }
                most = max(most, Self.timerCount(me.node))
            }
            return most
        }
        #expect(most <= 1)
        #expect(Self.timerCount(virtual.node) == 0)
    }

    @Test("a process that is ended while it waits leaves no timer", arguments: [ExitSignal.shutdown, .kill])
    func ended(_ signal: ExitSignal) throws {
        let virtual = VirtualNode()
        let process = virtual.node.spawn(receiving: Int.self) { _ = try await $0.receive(within: .seconds(3_600)) }
        try virtual.runUntilIdle()
        #expect(Self.timerCount(virtual.node) == 1)
        process.sendExit(signal)
        try virtual.runUntilIdle()
        #expect(Self.timerCount(virtual.node) == 0)
    }

    @Test("PR-134 of waits with limits of all lengths, one after the other, each ends at its own, or with its message")
    func eachInItsTime() throws {
        for seed in 0..<20 as Range<UInt64> {
            try VirtualNode(seed: seed).run(receiving: Int.self, within: .seconds(1_000_000)) { me in
                var random = SplitMix(seed: seed)
                for round in 0..<200 {
                    let start = me.node.now
                    let limit = Duration.milliseconds(Int64(random.next() % 10) * (round % 7 == 0 ? 1_000 : 1))
                    let message = Duration.milliseconds(Int64(random.next() % 20))
                    let timer = random.next() % 2 == 0 ? me.send(round, after: message) : nil
                    if random.next() % 2 == 0 {
                        try await me.sleep(for: limit)
                        #expect(me.node.now - start == limit)
                    } else if let number = try await me.receive(within: limit) {
                        #expect(number == round && me.node.now - start == message && message <= limit)
                    } else {
                        #expect(me.node.now - start == limit && (timer == nil || message >= limit))
                    }
                    timer?.cancel()
                    while try await me.receive(within: .zero) != nil {}
                }
            }
        }
    }
}
