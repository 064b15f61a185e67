import Synchronization
import Testing

@testable import OTP

@Suite(.timeLimit(.minutes(2))) struct ProcessTableTests {
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

    @Test func `a process of another node takes its number from its own node`() async throws {
        let (here, there) = (Node(name: "here", workers: 2), Node(name: "there", workers: 2))
        let pids = LockedBox<[PID]>([])
        @Sendable func spawnTwo(_ first: Node, _ second: Node) {
            for node in [first, second] {
                let process = node.spawn(receiving: Void.self) { me in try await me.receive() }
                pids.withLock { $0.append(process.pid) }
            }
        }
        for (node, other) in [(here, there), (there, here)] {
            node.spawn { me in
                for _ in 0..<200 {
                    spawnTwo(node, other)
                    try await me.yield()
                }
            }
        }
        for _ in 0..<200 { spawnTwo(here, there) }
        while pids.get().count < 1_200 { await Task.yield() }
        #expect(Set(pids.get()).count == 1_200)
        #expect(pids.get().count { $0.node == here.id } == 600)
        await here.shutdown()
        await there.shutdown()
    }

    @Test func `a server that is started later has a greater epoch, whatever worker it is started on`() async throws {
        let node = Node(name: "epochs", workers: 4)
        let count = Atomic<Int>(0)
        let numbers = LockedBox<[UInt64]>([])
        let rounds = 100
        // Both run all the time, so that they are never on the same worker; they start in turns.
        for turn in 0..<2 {
            node.spawn { _ in
                while true {
                    let number = count.load(ordering: .acquiring)
                    if number == 2 * rounds { return }
                    if number % 2 != turn { continue }
                    spawn { _ in }
                    let server = try await CodeServer.start { CodeServer() }
                    numbers.withLock { $0.append(server.pid.number) }
                    count.store(number + 1, ordering: .releasing)
                }
            }
        }
        while count.load(ordering: .acquiring) < 2 * rounds { await Task.yield() }
        let all = numbers.get()
        #expect(zip(all, all.dropFirst()).allSatisfy(<))
        let server = try await node.with { try await CodeServer.start { CodeServer() } }
        #expect(try await server.run { me in Int(me.epoch) } == Int(server.pid.number))
        #expect(server.pid.number > all[all.count - 1])
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
