import Foundation
import Synchronization
import Testing

@testable import OTP

/// Notices of ends that come while the lock of whoever is told is taken.
@Suite(.timeLimit(.minutes(2))) struct LeftNoticeTests {
    @Test func `who finds the lock taken leaves his notice to the one who waits for it`() async throws {
        let node = Node(name: "left notices", workers: 2)
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
        @Sendable func end(_ ref: MonitorRef) {
            cell.down(DownMessage(monitor: ref, pid: watched.pid, reason: .normal))
        }

        cell.guarding.lock()
        let isThrough = Atomic<Bool>(false)
        Thread.detachNewThread {
            end(all[0])
            isThrough.store(true, ordering: .releasing)
        }
        while cell.waitingDowns.load(ordering: .acquiring) == 0 { await Task.yield() }
        // These do not wait, though nobody gives the lock back; one is told of twice.
        for ref in [all[1], all[2], all[1]] { end(ref) }
        let isOneThrough = isThrough.load(ordering: .acquiring)
        #expect(!isOneThrough)
        #expect(cell.relations?.monitoring[all[2]]?.isStanding == true)
        cell.guarding.unlock()
        while !isThrough.load(ordering: .acquiring) { await Task.yield() }
        let isOneLeft = cell.waitingDowns.load(ordering: .acquiring) != 0
        #expect(!isOneLeft)

        while watcher.isAlive { await Task.yield() }
        #expect(told.get() == Array(all.prefix(3)), "in the order in which they were left")
        await node.shutdown()
    }

    @Test func `a process that is to end by a link while it waits finds its task cancelled`() async throws {
        let node = Node(name: "cancelled in its turn", workers: 2)
        node.silence()
        let found = LockedBox<Bool?>(nil)
        let isReady = Atomic<Bool>(false)
        let hub = node.spawn(receiving: Void.self) { me in
            me.spawnLink(receiving: Void.self) { me in
                do {
                    isReady.store(true, ordering: .releasing)
                    try await me.receive()
                } catch {
                    found.set(Task.isCancelled)
                    throw error
                }
            }
            try await me.receive()
        }
        while !isReady.load(ordering: .acquiring) { await Task.yield() }
        hub.sendExit(.kill)
        while found.get() == nil { await Task.yield() }
        #expect(found.get() == true)
        await node.shutdown()
    }
}
