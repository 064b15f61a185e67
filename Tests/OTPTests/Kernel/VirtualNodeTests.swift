import OTP
import OTPTestKit
import Synchronization
import Testing

@Suite struct VirtualNodeTests {
    @Test func timePassesInJumps() throws {
        let virtual = VirtualNode(seed: 1)
        let before = virtual.now
        let slept = try virtual.run { me in
            let start = me.node.now
            try await me.sleep(for: .seconds(3600))
            return me.node.now - start
        }
        #expect(slept == .seconds(3600))
        #expect(virtual.now - before == .seconds(3600))
    }

    @Test func aScenarioTalksToServers() async throws {
        let virtual = VirtualNode(seed: 2)
        let value = try virtual.run { _ in
            let counter = try await Counter.start { Counter() }
            for _ in 0..<100 { counter.cast(.increment) }
            return try await counter.call { .value($0) }
        }
        #expect(value == 100)
        #expect(virtual.node.processCount == 1)
        try virtual.shutdown()
        #expect(virtual.node.processCount == 0)
    }

    @Test func ordinaryTasksCallServers() async throws {
        let virtual = VirtualNode(seed: 3)
        let counter = try virtual.perform { try await Counter.start { Counter() } }
        counter.cast(.increment)
        let values = try virtual.perform {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await counter.call { .value($0) } } }
                return try await group.reduce(0, +)
            }
        }
        #expect(values == 10)
    }

    /// What a run of racing processes looks like.
    private func trace(seed: UInt64) throws -> [Int] {
        let virtual = VirtualNode(seed: seed)
        return try virtual.run(receiving: Int.self) { me in
            let ref = me.ref
            for i in 0..<20 {
                spawn(receiving: Int.self) { child in
                    for round in 0..<5 {
                        ref.send(i * 10 + round)
                        if round % 2 == 0 {
                            try await child.sleep(for: .milliseconds(1))
                        } else {
                            try await child.yield()
                        }
                    }
                }
            }
            var seen: [Int] = []
            while seen.count < 100 { seen.append(try await me.receive()) }
            return seen
        }
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        var runs: Set<[Int]> = []
        for seed in 0..<20 as Range<UInt64> {
            let run = try trace(seed: seed)
            #expect(try trace(seed: seed) == run)
            runs.insert(run)
        }
        #expect(runs.count > 10)
    }

    @Test func errorsOfAScenarioAreThrown() throws {
        struct Broken: Error {}
        let virtual = VirtualNode()
        #expect(throws: Broken.self) { try virtual.run { _ in throw Broken() } }
        #expect(throws: Exit.self) {
            try virtual.run(receiving: Int.self) { me in
                me.sendExit(.reason(.shutdown), to: me.pid)
                return try await me.receive()
            }
        }
        #expect(throws: Exit.self) {
            try virtual.run(receiving: Int.self) { me in
                me.sendExit(.kill, to: me.pid)
                return try await me.receive()
            }
        }
    }

    @Test func whatNeverEndsIsSaid() throws {
        let virtual = VirtualNode()
        let error = #expect(throws: VirtualNodeError.self) {
            try virtual.run(receiving: Int.self) { try await $0.receive() }
        }
        guard case .stuck(let waiting)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(waiting.count == 1)
        let late = #expect(throws: VirtualNodeError.self) {
            try virtual.run(receiving: Int.self, within: .seconds(5)) { me in
                me.send(1, every: .seconds(1))
                while true { _ = try await me.receive() }
            }
        }
        guard case .overdue? = late else { Issue.record("\(String(describing: late))"); return }
    }

    @Test func theClockIsMovedByHand() throws {
        let virtual = VirtualNode()
        let ticks = Atomic<Int>(0)
        virtual.node.spawn(receiving: Int.self) { me in
            me.send(1, every: .seconds(1))
            while true {
                _ = try await me.receive()
                ticks.add(1, ordering: .relaxed)
            }
        }
        try virtual.runUntilIdle()
        #expect(ticks.load(ordering: .relaxed) == 0)
        try virtual.advance(by: .milliseconds(999))
        #expect(ticks.load(ordering: .relaxed) == 0)
        try virtual.advance(by: .milliseconds(1))
        #expect(ticks.load(ordering: .relaxed) == 1)
        try virtual.advance(by: .seconds(10))
        #expect(ticks.load(ordering: .relaxed) == 11)
    }

    @Test func aScenarioCannotDriveItsOwnNode() throws {
        let virtual = VirtualNode()
        #expect(throws: VirtualNodeError.self) {
            try virtual.run { _ in try virtual.run { _ in 1 } }
        }
    }
}
