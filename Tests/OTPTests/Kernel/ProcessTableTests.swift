import Testing

@testable import OTP

@Suite struct ProcessTableTests {
    @Test func `it holds those who live, whatever has ended before`() async throws {
        let node = Node(name: "table", workers: 2)
        var random = SplitMix(seed: 11)
        var living: [PID: ProcessRef<Void>] = [:]
        var dead: [PID] = []
        for _ in 0..<3_000 {
            if random.next() % 5 < 3 || living.isEmpty {
                let process = node.spawn(receiving: Void.self) { me in try await me.receive() }
                living[process.pid] = process
            } else {
                let process = living.remove(
                    at: living.index(living.startIndex, offsetBy: Int(random.next() % 3) % living.count))
                process.value.sendExit(.kill)
                dead.append(process.key)
            }
        }
        #expect(node.processCount == living.count)
        #expect(node.processes == living.keys.sorted())
        #expect(Set(node.table.unsorted.map(\.pid)) == Set(living.keys))
        for pid in living.keys { #expect(node.isAlive(pid) && node.table[pid]?.pid == pid) }
        for pid in dead { #expect(node.table[pid] == nil && node.table.pin(pid) == nil) }
        await node.shutdown()
    }

    @Test func `who is pinned is locked, and nobody is pinned whose lock is taken`() async throws {
        let node = Node(name: "pins", workers: 1)
        let process = node.spawn(receiving: Void.self) { me in try await me.receive() }
        let pinned = try #require(node.table.pin(process.pid)).takeUnretainedValue()
        #expect(pinned.pid == process.pid && !pinned.guarding.tryLock())
        #expect(node.table.pin(process.pid) == nil)
        pinned.guarding.unlock()
        process.sendExit(.kill)
        #expect(node.table.pin(process.pid) == nil)
        // Nor is one whom somebody has found in the table just before it was taken out.
        let isPinned = pinned.pin()
        if isPinned { pinned.guarding.unlock() }
        #expect(!isPinned)
        await node.shutdown()
    }
}
