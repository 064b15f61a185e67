import Foundation
import Synchronization
import Testing

@testable import OTP

/// Notices of ends that come while the lock of whoever is told is taken.
@Suite(.timeLimit(.minutes(2))) struct PutDownNoticeTests {
    @Test func `notices that are put down while the lock is taken come once each, in their order, when it is free`()
        async throws
    {
        let node = Node(name: "notices put down", workers: 2)
        let refs = LockedBox<[MonitorRef]>([])
        let told = LockedBox<[MonitorRef]>([])
        let watched = node.spawn(receiving: Void.self) { me in try await me.receive() }
        let count = 4
        let watcher = node.spawn(receiving: MonitorRef.self) { me in
            refs.set((0..<count).map { _ in me.monitor(watched.pid) { $0.monitor } })
            for _ in 0..<count - 1 {
                let ref = try await me.receive()
                told.withLock { $0.append(ref) }
            }
        }
        while refs.get().count < count { await Task.yield() }
        let all = refs.get()
        let cell = try #require(Node.cell(watcher.pid))
        let through = LockedBox(0)

        cell.guarding.lock()
        // One is told of twice.
        let ends = [all[0], all[1], all[2], all[1]]
        for ref in ends {
            let before = cell.waitingDowns.load(ordering: .acquiring)
            Thread.detachNewThread {
                cell.down(DownMessage(monitor: ref, pid: watched.pid, reason: .normal))
                through.withLock { $0 += 1 }
            }
            while cell.waitingDowns.load(ordering: .acquiring) == before { await Task.yield() }
        }
        // Until its notice is there a process is known to the other by a pointer, and must not be gone.
        #expect(through.get() == 0)
        #expect(cell.relations?.monitoring[all[2]]?.isStanding == true)
        cell.guarding.unlock()
        while through.get() < ends.count { await Task.yield() }
        let isOneLeft = cell.waitingDowns.load(ordering: .acquiring) != 0
        #expect(!isOneLeft)

        while watcher.isAlive { await Task.yield() }
        #expect(told.get() == Array(all.prefix(3)), "in the order in which they were put down")
        await node.shutdown()
        withExtendedLifetime(cell) {}
    }
}
