import Synchronization
import Testing

@testable import OTP

/// Processes tie themselves to each other and loosen the ties again while some of them end, on several workers.
@Suite(.timeLimit(.minutes(2))) struct TieStormTests {
    private enum Notice { case down(DownMessage), exit(ExitMessage), begin, finish }

    private final class Storm: Sendable {
        let pids = LockedBox<[PID]>([])
        /// What should never have been seen.
        let wrong = LockedBox<[String]>([])
        let ready = Atomic<Int>(0)
        let atRest = Atomic<Int>(0)

        func note(_ text: String) { wrong.withLock { $0.append(text) } }
    }

    private static let processes = 24
    private static let mortals = 8

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `ties stand on both sides or on none, and whoever is watched is missed once`(seed: UInt64) async throws {
        let node = Node(name: "ties", workers: 4)
        node.silence()
        let storm = Storm()
        let all = (0..<Self.processes).map { number in
            node.spawn(receiving: Notice.self) { me in
                try await Self.live(me, storm, seed &* 1_000 &+ UInt64(number), isMortal: number < Self.mortals)
            }
        }
        storm.pids.set(all.map(\.pid))
        // Whoever does not trap exits yet would end with whom it is linked to.
        while storm.ready.load(ordering: .acquiring) < Self.processes { await Task.yield() }
        for process in all { process.send(.begin) }
        // The last two mortals are killed by others.
        for _ in 0..<50 { await Task.yield() }
        all[0].sendExit(.kill)
        all[1].sendExit(.kill)
        while storm.atRest.load(ordering: .acquiring) < Self.processes - Self.mortals { await Task.yield() }
        let living = node.table.unsorted.filter { !$0.isEnding }
        #expect(living.count == Self.processes - Self.mortals)
        for cell in living {
            let (links, watched, watchers) = cell.guarding.withLock {
                (
                    Set(cell.relations?.links.keys ?? []), cell.relations?.monitored ?? [],
                    cell.relations?.monitoringProcesses ?? []
                )
            }
            for pid in links {
                let other = try #require(Node.cell(pid), "linked to one that has ended")
                #expect(other.isLinked(to: cell.pid))
            }
            for pid in watched { #expect(node.isAlive(pid) || pid == cell.pid) }
            for pid in watchers { #expect(node.isAlive(pid)) }
        }
        #expect(storm.wrong.get() == [])
        await node.shutdown()
    }

    private static func live(
        _ me: PlainProcess<Notice>, _ storm: Storm, _ seed: UInt64, isMortal: Bool
    ) async throws {
        me.trapExits { .exit($0) }
        storm.ready.add(1, ordering: .acquiringAndReleasing)
        var random = SplitMix(seed: seed)
        var standing: [MonitorRef: PID] = [:]
        func take(_ notice: Notice) {
            switch notice {
            case .down(let down):
                if standing.removeValue(forKey: down.monitor) != down.pid { storm.note("a DOWN of \(down.monitor)") }
            case .exit, .begin, .finish: break
            }
        }
        _ = try await me.receive { if case .begin = $0 { true } else { nil } }
        let pids = storm.pids.get()
        for step in 0..<600 {
            if isMortal, step == 300 { return }
            let peer = pids[Int(random.next() % UInt64(pids.count))]
            switch random.next() % 8 {
            case 0, 1: try me.link(to: peer)
            case 2: me.unlink(from: peer)
            case 3, 4:
                let ref = me.monitor(peer) { .down($0) }
                if peer != me.pid { standing[ref] = peer } else { me.demonitor(ref) }
            case 5, 6:
                // Taken back or not, with a flush no notice comes any more.
                if let ref = standing.keys.randomElement(using: &random) {
                    standing[ref] = nil
                    me.demonitor(ref)
                }
            default:
                while let notice = try await me.receive(within: .zero) { take(notice) }
                try await me.yield()
            }
        }
        // Whoever has ended is missed, by all who still watch; links to the dead go.
        while standing.values.contains(where: { !me.node.isAlive($0) }) || hasDeadLink(me) || !mortalsAreDead(me, pids)
        {
            while let notice = try await me.receive(within: .zero) { take(notice) }
            try await me.yield()
        }
        storm.atRest.add(1, ordering: .acquiringAndReleasing)
        _ = try await me.receive { if case .finish = $0 { true } else { nil } }
    }

    private static func mortalsAreDead(_ me: PlainProcess<Notice>, _ pids: [PID]) -> Bool {
        !pids.prefix(mortals).contains { me.node.isAlive($0) }
    }

    private static func hasDeadLink(_ me: PlainProcess<Notice>) -> Bool {
        let links = me.cell.guarding.withLock { me.cell.relations?.links.keys ?? [] }
        return links.contains { !me.node.isAlive($0) }
    }

    @Test func `of two thousand that are linked to one and watched, all end and each is missed`() async throws {
        let node = Node(name: "many ties", workers: 4)
        node.silence()
        let count = 2_000
        let missed = LockedBox(0)
        let done = Atomic<Bool>(false)
        node.spawn(receiving: PID.self) { me in
            let parent = me.ref
            let hub = spawn(receiving: Void.self) { hub in
                for _ in 0..<count {
                    parent.send(hub.spawnLink(receiving: Void.self) { me in try await me.receive() }.pid)
                }
                try await hub.receive()
            }
            var tied: Set<PID> = []
            for _ in 0..<count { tied.insert(try await me.receive()) }
            for pid in tied { me.monitor(pid) { $0.pid } }
            hub.sendExit(.kill)
            for _ in 0..<count where tied.remove(try await me.receive()) != nil { missed.withLock { $0 += 1 } }
            done.store(true, ordering: .releasing)
        }
        while !done.load(ordering: .acquiring) { await Task.yield() }
        #expect(missed.get() == count)
        await node.shutdown()
    }
}
