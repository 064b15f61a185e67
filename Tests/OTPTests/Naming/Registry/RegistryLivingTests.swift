import Foundation
import Synchronization
import Testing

@testable import OTP

/// Whom a look-up takes for alive without a look at the process.
@Suite(.timeLimit(.minutes(2))) struct RegistryLivingTests {
    private let core: RegistryCore<String, Int>
    private let holder: ProcessCell

    init() throws {
        func idle() throws -> ProcessCell {
            let process = threadedNode.spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
            return try #require(Node.cell(process.pid))
        }
        core = RegistryCore("living", .unique, partitions: 1, listeners: [], metadata: [], on: threadedNode)
        core.began(0, try idle())
        holder = try idle()
    }

    /// As its end does it, but for everything else.
    private func pretendEnd(of cell: ProcessCell) {
        threadedNode.keyedEnds.begin()
        cell.set(ProcessCell.Control.dead)
        threadedNode.keyedEnds.end()
    }

    @Test func `an entry that is not noted with its process yet is not taken for that of a living one`() async throws {
        holder.beKeyed()
        let isOver = Atomic<Bool>(false)
        // Held: the entry cannot be noted.
        holder.guarding.lock()
        Thread { [core, holder] in
            _ = try? core.register("key", 1, holder)
            isOver.store(true, ordering: .releasing)
        }.start()
        while core.first("key") != holder.pid { await Task.yield() }
        pretendEnd(of: holder)
        #expect(core.first("key") == nil)
        holder.guarding.unlock()
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(core.entryCount == 0)
        #expect(core.changesUnderWay.isNone)
    }

    @Test func `neither is one that is about to be taken out and is noted with its process no more`() async throws {
        try core.register("key", 1, holder)
        let hold = try #require(core.hold(of: holder))
        let isOver = Atomic<Bool>(false)
        // Inside: the entry cannot be taken out.
        let ticket = core.gates[0].enter()
        #expect(core.changesUnderWay.isNone)
        Thread { [core, holder] in
            core.unregister("key", holder)
            isOver.store(true, ordering: .releasing)
        }.start()
        while !hold.all.isEmpty { await Task.yield() }
        #expect(!core.listsOnlyTheLiving)
        core.gates[0].leave(ticket)
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(core.entryCount == 0)
        #expect(core.changesUnderWay.isNone)
    }

    @Test func `who is ending is not found, though the entry is still there`() throws {
        let seen = LockedBox<[PID?]>([])
        let isHeld = holder.own(
            EndAction { [core] _ in
                let count = core.entryCount
                seen.withLock { $0 = Array(repeating: core.first("key"), count: count) }
            })
        #expect(isHeld)
        try core.register("key", 1, holder)
        #expect(core.first("key") == holder.pid)
        holder.kill()
        #expect(seen.get() == [nil])
        #expect(core.entryCount == 0)
        // Somebody else may be ending at this moment.
        while !threadedNode.keyedEnds.areSettled {}
    }
}
