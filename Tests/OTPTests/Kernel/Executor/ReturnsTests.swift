import Synchronization
import Testing

@testable import OTP

@Suite(.timeLimit(.minutes(2))) struct ReturnsTests {
    /// Counts how many of its witnesses are gone.
    private final class Tally: Sendable {
        let freed = Atomic<Int>(0)
        var count: Int { freed.load(ordering: .acquiring) }
    }

    private final class Witness {
        let tally: Tally
        init(_ tally: Tally) { self.tally = tally }
        deinit { tally.freed.add(1, ordering: .acquiringAndReleasing) }
    }

    /// Of two workers one gives back what the other made.
    private struct Workers {
        private let workers = ThreadlessWorkers(2)
        var scheduler: Scheduler { workers.scheduler }
        var home: UnsafeMutablePointer<OTP.Worker> { workers[0] }
        var other: UnsafeMutablePointer<OTP.Worker> { workers[1] }

        func giveBack(_ count: Int, _ tally: Tally) {
            for _ in 0..<count {
                OTP.Worker.giveBack(.passRetained(Witness(tally)), to: home.pointee.home, from: other)
            }
        }

        var isAnythingOnItsWay: Bool { OTP.Worker.hasReturns(home) }
    }

    @Test func `what goes back goes in bundles, and is freed by whom it goes to`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(ReturnBundle.capacity - 1, tally)
        #expect(!workers.isAnythingOnItsWay)
        workers.giveBack(ReturnBundle.capacity + 1, tally)
        #expect(workers.isAnythingOnItsWay && tally.count == 0)
        OTP.Worker.freeSome(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity)
        OTP.Worker.freeSome(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity * 2 && !workers.isAnythingOnItsWay)
    }

    @Test func `who makes something frees one of what has come, and two of more than one bundle`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(ReturnBundle.capacity, tally)
        for count in 1...3 {
            OTP.Worker.freeOne(of: workers.home)
            #expect(tally.count == count)
        }
        workers.giveBack(ReturnBundle.capacity * 2, tally)
        // Others are looked at when the one is empty.
        for count in 4...ReturnBundle.capacity {
            OTP.Worker.freeOne(of: workers.home)
            #expect(tally.count == count)
        }
        for count in 1...ReturnBundle.capacity / 2 {
            OTP.Worker.freeOne(of: workers.home)
            #expect(tally.count == ReturnBundle.capacity + 2 * count)
        }
        for count in 1...ReturnBundle.capacity {
            #expect(workers.isAnythingOnItsWay)
            OTP.Worker.freeOne(of: workers.home)
            #expect(tally.count == ReturnBundle.capacity * 2 + count)
        }
        #expect(!workers.isAnythingOnItsWay)
    }

    @Test func `a bundle of which some are freed is freed as a whole with the rest`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(ReturnBundle.capacity * 2, tally)
        OTP.Worker.freeOne(of: workers.home)
        #expect(tally.count == 2)
        OTP.Worker.freeSome(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity)
        OTP.Worker.settleReturns(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity * 2 && !workers.isAnythingOnItsWay)
    }

    @Test func `a worker that goes to sleep sends back what it has, and frees what has come`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(1, tally)
        OTP.Worker.settleReturns(of: workers.other)
        #expect(workers.isAnythingOnItsWay && tally.count == 0)
        workers.giveBack(ReturnBundle.capacity * 3, tally)
        OTP.Worker.settleReturns(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity * 3 + 1 && !workers.isAnythingOnItsWay)
    }

    @Test func `nothing is sent to a worker that sleeps`() {
        let workers = Workers(), tally = Tally()
        workers.scheduler.idleMask.bitwiseOr(1, ordering: .sequentiallyConsistent)
        workers.giveBack(ReturnBundle.capacity, tally)
        #expect(tally.count == ReturnBundle.capacity && !workers.isAnythingOnItsWay)
    }

    @Test func `a worker that does not look for long gets no more than so many`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(ReturnBundle.capacity * Arrivals.most, tally)
        #expect(tally.count == 0)
        workers.giveBack(ReturnBundle.capacity, tally)
        #expect(tally.count == ReturnBundle.capacity)
        OTP.Worker.freeSome(of: workers.home)
        workers.giveBack(ReturnBundle.capacity, tally)
        #expect(tally.count == ReturnBundle.capacity * 2)
    }

    @Test func `nothing is sent to a worker that has ended`() {
        let workers = Workers(), tally = Tally()
        workers.giveBack(ReturnBundle.capacity, tally)
        OTP.Worker.closeReturns(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity)
        workers.giveBack(ReturnBundle.capacity, tally)
        #expect(tally.count == ReturnBundle.capacity * 2)
        // Whoever looks whether something is there opens it to nobody.
        #expect(!workers.isAnythingOnItsWay && workers.home.pointee.arrivals.takeAll() == 0)
        workers.giveBack(ReturnBundle.capacity, tally)
        #expect(tally.count == ReturnBundle.capacity * 3)
    }

    @Test(arguments: [true, false]) func `what is freed may itself free something`(inBundles: Bool) {
        final class Nest {
            let inner: () -> Void
            init(_ inner: @escaping () -> Void) { self.inner = inner }
            deinit { inner() }
        }
        let workers = Workers(), tally = Tally()
        let free: () -> Void = {
            if inBundles { OTP.Worker.freeSome(of: workers.home) } else { OTP.Worker.freeOne(of: workers.home) }
        }
        workers.giveBack(ReturnBundle.capacity, tally)
        OTP.Worker.giveBack(
            .passRetained(Nest { free() }), to: workers.home.pointee.home, from: workers.other)
        workers.giveBack(ReturnBundle.capacity - 1, tally)
        // What came last is freed first; one by one, two at a time, for there is another bundle.
        for _ in 0..<(inBundles ? 1 : ReturnBundle.capacity / 2) { free() }
        #expect(tally.count == ReturnBundle.capacity - 1)
        OTP.Worker.settleReturns(of: workers.home)
        #expect(tally.count == ReturnBundle.capacity * 2 - 1)
    }

    @Test func `a process that still has something of a user's is freed where it ended`() async throws {
        let node = Node(name: "husks", workers: 2)
        func isHusk(_ body: @escaping @Sendable () throws -> Void) async -> Bool {
            let process = node.spawn(receiving: Void.self) { _ in try body() }
            while !process.server.cell.has(ProcessCell.Control.released) { await Task.yield() }
            return process.server.cell.isHusk
        }
        #expect(await isHusk {})
        #expect(await isHusk { throw Exit(.shutdown) })
        #expect(await !isHusk { throw Mishap("kept as the reason") })
        await node.shutdown()
    }

    private struct FailingAtLast: GenServer {
        enum Cast: Sendable { case fail }
        func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Mishap("of the handler") }
        func terminate(reason: ExitReason, _ me: Me) throws { throw Exit(.shutdown) }
    }

    @Test func `one that ended in good order keeps no error of what went before; a supervisor may`() async throws {
        let node = Node(name: "husks", workers: 2)
        let server = try await node.with { try await FailingAtLast.start { FailingAtLast() } }
        server.cast(.fail)
        while !server.cell.has(ProcessCell.Control.released) { await Task.yield() }
        let cell = unsafeDowncast(server.cell, to: ServerCell<FailingAtLast>.self)
        #expect(cell.isHusk && cell.endReason.isNormal)
        let supervisor = try await node.with { try await Supervisor(.oneForOne) {}.start() }
        let ended = try #require(Node.cell(supervisor.pid))
        try await supervisor.stop()
        while !ended.has(ProcessCell.Control.released) { await Task.yield() }
        #expect(!ended.isHusk)
        await node.shutdown()
    }

    /// Weak references to many processes.
    private final class Traces: Sendable {
        private struct Trace {
            weak var cell: ProcessCell?
        }
        private let all = LockedBox<[Trace]>([])
        func add(_ cell: ProcessCell) { all.withLock { $0.append(Trace(cell: cell)) } }
        var left: Int { all.withLock { all in all.count { $0.cell != nil } } }
    }

    @Test func `when all workers sleep nothing is left of processes that have ended`() async throws {
        let node = Node(name: "nothing left", workers: 4)
        let traces = Traces()
        for round in 1...30 {
            let all = Atomic<Int>(0)
            for _ in 0..<3 {
                node.spawn { me in
                    for number in 0..<100 {
                        let child = me.spawnLink { _ in all.add(1, ordering: .acquiringAndReleasing) }
                        if number % 10 == 0 { traces.add(child.server.cell) }
                    }
                }
            }
            while all.load(ordering: .acquiring) < 300 || node.processCount > 0 { await Task.yield() }
            // A worker may show itself idle for a moment before it looks once more: so that is seen many times in a row.
            var looks = 0
            while traces.left > 0, looks < 10_000 {
                let started = node.scheduler.startedWorkers.load(ordering: .acquiring)
                let idle = node.scheduler.idleMask.load(ordering: .sequentiallyConsistent)
                looks = idle.nonzeroBitCount == started ? looks + 1 : 0
                await Task.yield()
            }
            #expect(traces.left == 0, "round \(round)")
        }
        await node.shutdown()
    }
}
