import COTPRuntime
import Foundation
import Synchronization
import Testing

@testable import OTP

/// Workers that have nothing to do and are woken: who runs does not count as parked.
@Suite(.timeLimit(.minutes(2))) struct ParkTests {
    @Test func `a wake-up that comes late, for an earlier park, leaves no worker that runs among the parked`() {
        let workers = ThreadlessWorkers(2)
        let scheduler = workers.scheduler
        workers[0].pointee.parkWord.store(1, ordering: .releasing)
        scheduler.park(workers[0])
        #expect(!scheduler.isIdle(workerAt: 0))
        // Nobody takes it for one that could be woken: it is the other's turn.
        scheduler.idleMask.bitwiseOr(2, ordering: .sequentiallyConsistent)
        #expect(scheduler.wakeOne())
        #expect(workers[0].pointee.parkWord.load(ordering: .acquiring) == 0)
        #expect(workers[1].pointee.parkWord.load(ordering: .acquiring) == 1)
        #expect(!scheduler.wakeOne())
    }

    @Test func `who finds work as it parks is not among the parked`() {
        let workers = ThreadlessWorkers(1)
        workers.scheduler.inject(RunItem(bits: 8))
        workers.scheduler.park(workers[0])
        #expect(!workers.scheduler.isIdle(workerAt: 0))
        #expect(workers.scheduler.takeInjected()?.bits == 8)
    }

    @Test func `a storm of wake-ups loses no work, and no worker that runs counts as parked`() async {
        let storm = Storm()
        // Threads of their own, as they wait for one another.
        let found = await withCheckedContinuation { done in
            Thread { done.resume(returning: storm.work()) }.start()
            for number in 1...Storm.wakers { Thread { storm.wake(number) }.start() }
        }
        #expect(found.parks >= Storm.parks)
        #expect(found.sum == storm.given)
        #expect(found.runsAmongTheParked == 0)
        #expect(!storm.isLost)
    }

    /// Some threads give work to one worker, who parks whenever there is none, until he has parked often enough.
    private final class Storm: Sendable {
        static let wakers = 3
        static let parks = 5_000

        private let workers = ThreadlessWorkers(1)
        private let sum = Atomic<Int>(0)
        private let taken = Atomic<Int>(0)
        private let ended = Atomic<Int>(0)
        private let isOver = Atomic<Bool>(false)
        private let lost = Atomic<Bool>(false)

        var given: Int { sum.load(ordering: .acquiring) }
        var isLost: Bool { lost.load(ordering: .acquiring) }

        func work() -> (parks: Int, sum: Int, runsAmongTheParked: Int) {
            var (parks, sum, wrong) = (0, 0, 0)
            while true {
                if let item = workers.scheduler.takeInjected() {
                    sum += Int(item.bits >> 3)
                    taken.add(1, ordering: .releasing)
                } else if parks < Self.parks, !isLost {
                    workers.scheduler.park(workers[0])
                    parks += 1
                } else {
                    isOver.store(true, ordering: .releasing)
                    if ended.load(ordering: .acquiring) == Self.wakers { return (parks, sum + rest(), wrong) }
                }
                if workers.scheduler.isIdle(workerAt: 0) { wrong += 1 }
            }
        }

        private func rest() -> Int {
            var sum = 0
            while let item = workers.scheduler.takeInjected() { sum += Int(item.bits >> 3) }
            return sum
        }

        func wake(_ number: Int) {
            while !isOver.load(ordering: .acquiring) {
                let before = taken.load(ordering: .acquiring)
                sum.add(number, ordering: .relaxed)
                workers.scheduler.inject(RunItem(bits: UInt(number) << 3))
                let limit = ContinuousClock.now + .seconds(30)
                // The worker is to park before it gets more. It counts as parked as soon as it is about to.
                while taken.load(ordering: .acquiring) == before || !workers.scheduler.isIdle(workerAt: 0),
                    !isOver.load(ordering: .acquiring)
                {
                    if ContinuousClock.now > limit { giveUp() }
                    sched_yield()
                }
            }
            ended.add(1, ordering: .releasing)
        }

        /// Nobody has woken the worker: it is woken so that the test fails, instead of lasting for ever.
        private func giveUp() {
            lost.store(true, ordering: .releasing)
            workers[0].pointee.parkWord.store(1, ordering: .releasing)
            withUnsafePointer(to: workers[0].pointee.parkWord) {
                otp_wake_address(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self))
            }
        }
    }
}
