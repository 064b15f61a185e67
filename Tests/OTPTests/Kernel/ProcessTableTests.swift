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

    @Test func `numbers of processes and monitors come once each, whoever takes them at the same time`() async throws {
        let node = Node(name: "numbers", workers: 4)
        let (starters, each) = (6, 400)
        let pids = LockedBox<[PID]>([]), monitors = LockedBox<[MonitorRef]>([])
        let outside = node.spawn(receiving: Void.self) { me in try await me.receive() }
        for _ in 0..<starters {
            node.spawn(receiving: DownMessage.self) { me in
                for _ in 0..<each {
                    let child = me.spawnLink(receiving: Void.self) { me in try await me.receive() }
                    pids.withLock { $0.append(child.pid) }
                    let monitor = me.monitor(outside.pid) { $0 }
                    monitors.withLock { $0.append(monitor) }
                    try await me.yield()
                }
                _ = try await me.receive()
            }
        }
        while monitors.get().count < starters * each { await Task.yield() }
        #expect(Set(pids.get()).count == starters * each && Set(monitors.get()).count == starters * each)
        #expect(node.processCount == starters * (each + 1) + 1)
        #expect(Set(node.processes).count == node.processCount && Set(node.processes).isSuperset(of: pids.get()))
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
