import Foundation
import Synchronization
import Testing

@testable import OTP

/// Who registers while somebody else ends him, takes a key from him, or registers him as well.
@Suite(.timeLimit(.minutes(2))) struct RegistryRacesTests {
    private static func idle() throws -> ProcessCell {
        let process = threadedNode.spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
        return try #require(Node.cell(process.pid))
    }

    /// A registry with a process for each partition.
    private static func core(
        _ partitions: Int, listeners: [RegistryListener<Int, Int>] = []
    ) throws -> (core: RegistryCore<Int, Int>, homes: [ProcessCell]) {
        let core = RegistryCore<Int, Int>(
            "races", .unique, partitions: partitions, listeners: listeners, metadata: [], on: threadedNode)
        let homes = try (0..<partitions).map { _ in try idle() }
        for (index, cell) in homes.enumerated() { core.began(index, cell) }
        return (core, homes)
    }

    @Test("who is killed while it registers has not registered, and its end is told of after that")
    func toldInOrder() async throws {
        let told = LockedBox<[String]>([])
        let listener = RegistryListener<Int, Int>(ServerName<PlainBehavior<String>>("nobody")) { event in
            told.withLock { if case .registered = event { $0.append("registered") } else { $0.append("unregistered") } }
            return ""
        }
        let core = RegistryCore<Int, Int>(
            "told", .unique, partitions: 1, listeners: [listener], metadata: [], on: threadedNode)
        let cells = try [Self.idle(), Self.idle()].sorted { $0.pid < $1.pid }
        // The smaller PID's lock is taken first: whoever links waits there without having that of the holder.
        let (partition, holder) = (cells[0], cells[1])
        core.began(0, partition)
        let failure = LockedBox<RegistryError?>(nil)
        let isOver = Atomic<Bool>(false)
        partition.guarding.lock()
        Thread {
            do throws(RegistryError) { try core.register(1, 1, holder) } catch { failure.withLock { $0 = error } }
            isOver.store(true, ordering: .releasing)
        }.start()
        while core.hold(of: holder)?.all.isEmpty != false { await Task.yield() }
        holder.kill()
        partition.guarding.unlock()
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(told.get() == ["registered", "unregistered"])
        guard case .noProcess? = failure.get()?.code else {
            Issue.record("\(String(describing: failure.get()))")
            return
        }
        #expect(core.entryCount == 0)
        partition.kill()
    }

    @Test("a listener that hears of a registration finds it, and can end it: that is told of next")
    func endedByAListener() async throws {
        let told = LockedBox<[String]>([])
        let running = LockedBox<(core: RegistryCore<Int, Int>, holder: ProcessCell)?>(nil)
        let listener = RegistryListener<Int, Int>(ServerName<PlainBehavior<String>>("nobody")) { event in
            guard case .registered = event, let (core, holder) = running.get() else {
                told.withLock { $0.append("unregistered") }
                return ""
            }
            let keys = core.keys(of: holder)
            core.unregister(1, holder)
            told.withLock { $0.append("registered \(keys)") }
            return ""
        }
        let (core, homes) = try Self.core(1, listeners: [listener])
        let holder = try Self.idle()
        running.withLock { $0 = (core, holder) }
        try core.register(1, 1, holder)
        running.withLock { $0 = nil }
        #expect(told.get() == ["registered [1]", "unregistered"])
        #expect(core.entryCount == 0 && core.hold(of: holder) == nil && !holder.isLinked(to: homes[0].pid))
        for cell in homes + [holder] { cell.kill() }
    }

    @Test("nobody is registered, and lives on, whose partition has died before the entry was noted")
    func partitionDiesMeanwhile() async throws {
        let (core, homes) = try Self.core(1)
        let holder = try Self.idle()
        let failure = LockedBox<RegistryError?>(nil)
        let isOver = Atomic<Bool>(false)
        // Whoever registers enters the process, and waits for this lock to note it.
        holder.beKeyed()
        holder.guarding.lock()
        Thread {
            do throws(RegistryError) { try core.register(1, 1, holder) } catch { failure.withLock { $0 = error } }
            isOver.store(true, ordering: .releasing)
        }.start()
        while core.entryCount == 0 { await Task.yield() }
        homes[0].set(ProcessCell.Control.dead)
        holder.guarding.unlock()
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        guard case .notRunning? = failure.get()?.code else {
            Issue.record("\(String(describing: failure.get()))")
            return
        }
        #expect(core.entryCount == 0 && core.hold(of: holder) == nil)
        holder.kill()
    }

    @Test("who is registered is linked, also if somebody else has just taken another key from it")
    func linkedWhileRegistered() async throws {
        let (core, homes) = try Self.core(2)
        let holder = try Self.idle()
        let home = core.partition(of: holder.pid)
        let here = try #require((0..<100).first { core.partition(ofKey: $0) == home })
        let there = try #require((0..<100).first { core.partition(ofKey: $0) != home })
        try core.register(there, 1, holder)
        let hold = try #require(core.hold(of: holder))
        let isOver = Atomic<Bool>(false)
        // Inside: the entry cannot be taken out.
        let ticket = core.gates[1 - home].enter()
        Thread {
            core.unregister(there, holder)
            isOver.store(true, ordering: .releasing)
        }.start()
        while !hold.all.isEmpty { await Task.yield() }
        try core.register(here, 2, holder)
        core.gates[1 - home].leave(ticket)
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(core.first(here) == holder.pid)
        #expect(holder.isLinked(to: homes[home].pid))
        core.unregister(here, holder)
        #expect(!holder.isLinked(to: homes[home].pid))
        for cell in homes + [holder] { cell.kill() }
    }

    @Test("who has lost its first key before it is linked is not linked")
    func linkComesLate() async throws {
        let core = RegistryCore<Int, Int>("late", .unique, partitions: 1, listeners: [], metadata: [], on: threadedNode)
        let cells = try [Self.idle(), Self.idle()].sorted { $0.pid < $1.pid }
        let (partition, holder) = (cells[0], cells[1])
        core.began(0, partition)
        let isOver = Atomic<Bool>(false)
        partition.guarding.lock()
        Thread {
            _ = try? core.register(1, 1, holder)
            isOver.store(true, ordering: .releasing)
        }.start()
        while core.hold(of: holder)?.all.isEmpty != false { await Task.yield() }
        // The first half of what somebody else does who takes the key.
        let isLast = core.hold(of: holder)?.remove(1).isLast
        #expect(isLast == true)
        partition.guarding.unlock()
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(!holder.isLinked(to: partition.pid))
        #expect(core.hold(of: holder) == nil)
        for cell in cells { cell.kill() }
    }

    @Test("a process has one hold on a registry, however many register it for the first time at once")
    func oneHold() async throws {
        let (core, homes) = try Self.core(1)
        let holder = try Self.idle()
        let (first, second) = (RegistryHold(core), RegistryHold(core))
        #expect(holder.hold(first, onlyOneAt: core.identity) === first)
        #expect(holder.hold(second, onlyOneAt: core.identity) === first)
        holder.letGo(first)
        for _ in 0..<200 {
            let process = try Self.idle()
            let left = Atomic<Int>(2)
            for key in 1...2 {
                Thread {
                    _ = try? core.register(key, key, process)
                    left.subtract(1, ordering: .acquiringAndReleasing)
                }.start()
            }
            while left.load(ordering: .acquiring) > 0 { await Task.yield() }
            #expect(core.keys(of: process).sorted() == [1, 2])
            for key in 1...2 { core.unregister(key, process) }
            #expect(core.entryCount == 0 && !process.isLinked(to: homes[0].pid))
            process.kill()
        }
        for cell in homes + [holder] { cell.kill() }
    }
}
