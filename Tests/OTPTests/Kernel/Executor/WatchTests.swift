import Synchronization
import Testing

@testable import OTP

/// What the watch makes of a worker, at moments of the test's choice.
@Suite struct WatchTests {
    private let node: Node
    private let reports = LockedBox<[UInt64]>([])
    private var watch = Watch()

    private var scheduler: Scheduler { node.scheduler }
    private var worker: UnsafeMutablePointer<OTP.Worker> { scheduler.workers[0] }

    init() {
        // Of a virtual node nobody else watches the worker.
        node = Node(name: "watched", seed: 1)
        node.heldWorkerSubstitution = .zero
        scheduler.onHeld.set { [reports] _, time in reports.withLock { $0.append(time / 1_000_000) } }
        worker.pointee.runningPID.store(7, ordering: .releasing)
    }

    private mutating func look(at milliseconds: UInt64) -> [UInt64] {
        _ = watch.look(at: scheduler, now: milliseconds * 1_000_000)
        return reports.get()
    }

    private func setParked(_ isParked: Bool) {
        if isParked {
            scheduler.idleMask.bitwiseOr(1, ordering: .sequentiallyConsistent)
        } else {
            scheduler.idleMask.bitwiseAnd(~1, ordering: .sequentiallyConsistent)
        }
    }

    private func step() {
        worker.pointee.steps.store(worker.pointee.steps.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }

    @Test mutating func `who holds a worker is reported once, and again in another step`() {
        #expect(look(at: 1_000) == [])
        #expect(look(at: 1_096) == [] && worker.pointee.stands.load(ordering: .acquiring))
        #expect(look(at: 1_100) == [100])
        #expect(look(at: 1_500) == [100])
        step()
        #expect(look(at: 1_504) == [100] && !worker.pointee.stands.load(ordering: .acquiring))
        #expect(look(at: 1_608) == [100, 104])
    }

    @Test mutating func `the time that a worker was parked is not that of what it is woken for`() {
        setParked(true)
        #expect(look(at: 1_000) == [])
        setParked(false)
        // It still runs in the step that it counted before it parked.
        #expect(look(at: 5_000) == [] && !worker.pointee.stands.load(ordering: .acquiring))
        #expect(look(at: 5_096) == [])
        #expect(look(at: 5_100) == [100])
    }

    @Test mutating func `neither is the time before anything was known of it`() {
        #expect(look(at: 5_000) == [] && !worker.pointee.stands.load(ordering: .acquiring))
    }

    @Test mutating func `what began after a time of nobody is reported with its own time`() {
        worker.pointee.runningPID.store(0, ordering: .relaxed)
        #expect(look(at: 1_000) == [])
        #expect(look(at: 1_096) == [])
        worker.pointee.runningPID.store(7, ordering: .releasing)
        #expect(look(at: 1_100) == [])
        #expect(look(at: 1_192) == [])
        #expect(look(at: 1_196) == [100])
    }

    @Test
    mutating func
        `a call that is handled on its caller's worker ends with its time, and none that waits or came later`()
    {
        let slot = CallSlot.make()
        let (beginner, calling) = (UInt(bitPattern: worker), UInt(bitPattern: slot.body))
        func begin(beneath worker: UInt) -> UInt64 {
            slot.body.pointee.limit.store(100_000_000, ordering: .relaxed)
            slot.body.pointee.beginner.store(worker, ordering: .releasing)
            self.worker.pointee.calling.store(calling, ordering: .releasing)
            return slot.generation
        }
        // Not given back, for others would take it.
        func end() { slot.body.pointee.word.store((slot.generation + 1) << 8, ordering: .releasing) }
        let first = begin(beneath: beginner)
        // When it was seen first is not known, only that it was before the next look.
        _ = look(at: 1_000)
        _ = look(at: 1_004)
        _ = look(at: 1_103)
        #expect(slot.isPending(first))
        // The worker goes on meanwhile, which says nothing of the call.
        step()
        _ = look(at: 1_104)
        #expect(!slot.isPending(first) && slot.hasFailed)
        end()
        let second = begin(beneath: beginner)
        _ = look(at: 1_108)
        _ = look(at: 1_112)
        _ = look(at: 1_211)
        #expect(slot.isPending(second))
        end()
        // Nobody calls meanwhile, for longer than a call may take.
        slot.body.pointee.beginner.store(0, ordering: .releasing)
        _ = look(at: 1_212)
        _ = look(at: 1_400)
        let third = begin(beneath: beginner)
        _ = look(at: 1_404)
        _ = look(at: 1_408)
        #expect(slot.isPending(third))
        end()
        for elsewhere in [UInt(0), 8] {
            let waiting = begin(beneath: elsewhere)
            for moment: UInt64 in [2_000, 3_000, 9_000] { _ = look(at: moment) }
            #expect(slot.isPending(waiting))
            end()
        }
    }

    @Test mutating func `who waits for one that computes is left to a worker that has nothing to do, and soon`() {
        let workers = ThreadlessWorkers(2)
        workers.scheduler.node = node
        workers.scheduler.startedWorkers.store(2, ordering: .releasing)
        let milliseconds: UInt64 = 1_000_000
        // Nobody waits, then somebody does, but both workers run.
        #expect(watch.look(at: workers.scheduler, now: 1_000 * milliseconds) == 1_004 * milliseconds)
        OTP.Worker.push(RunItem(bits: 8), on: workers[0])
        workers[0].pointee.steps.store(1, ordering: .relaxed)
        #expect(watch.look(at: workers.scheduler, now: 1_004 * milliseconds) == 1_008 * milliseconds)
        workers[0].pointee.steps.store(2, ordering: .relaxed)
        workers.scheduler.idleMask.bitwiseOr(2, ordering: .sequentiallyConsistent)
        #expect(watch.look(at: workers.scheduler, now: 1_008 * milliseconds) == 1_009 * milliseconds)
        #expect(workers.scheduler.steal(for: workers[1]) == nil)
        #expect(workers[1].pointee.parkWord.load(ordering: .acquiring) == 0)
        _ = watch.look(at: workers.scheduler, now: 1_009 * milliseconds)
        #expect(workers[1].pointee.parkWord.load(ordering: .acquiring) == 1)
        #expect(workers.scheduler.steal(for: workers[1])?.bits == 8)
        // What is in the queue is for others at once, also while its worker goes from one thing to the next.
        workers.scheduler.idleMask.bitwiseOr(2, ordering: .sequentiallyConsistent)
        workers[1].pointee.parkWord.store(0, ordering: .releasing)
        OTP.Worker.pushBack(RunItem(bits: 16), on: workers[0])
        workers[0].pointee.steps.store(3, ordering: .relaxed)
        _ = watch.look(at: workers.scheduler, now: 1_010 * milliseconds)
        #expect(workers[1].pointee.parkWord.load(ordering: .acquiring) == 1)
    }

    @Test(arguments: [Duration.zero, .milliseconds(300)])
    mutating func `the node says from when on it is reported, if at all`(threshold: Duration) {
        node.heldWorkerThreshold = threshold
        #expect(look(at: 1_000) == [])
        #expect(look(at: 1_299) == [])
        #expect(look(at: 1_300) == (threshold == .zero ? [] : [300]))
    }
}
