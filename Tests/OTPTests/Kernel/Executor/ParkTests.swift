import Foundation
import Synchronization
import Testing

@testable import OTP

/// Workers that have nothing to do and are woken: who runs does not count as parked.
@Suite(.timeLimit(.minutes(2))) struct ParkTests {
    /// One worker without a thread: what it would do is done by the test. As any scheduler it is never freed.
    // @unchecked because the worker is one thread's at a time, as those of a scheduler are.
    private struct Parking: @unchecked Sendable {
        let scheduler = Scheduler(mode: .threads, workers: 1)
        var worker: UnsafeMutablePointer<OTP.Worker> { scheduler.workers[0] }
        var isIdle: Bool { scheduler.isIdle(workerAt: 0) }

        init() {
            _ = Unmanaged.passRetained(scheduler)
            let worker = UnsafeMutablePointer<OTP.Worker>.allocate(capacity: 1)
            worker.initialize(to: OTP.Worker(scheduler: scheduler, role: .thread, index: 0))
            scheduler.workers[0] = worker
        }
    }

    @Test func `a wake-up that comes late, for an earlier park, leaves no worker that runs among the parked`() {
        let parking = Parking()
        parking.worker.pointee.parkWord.store(1, ordering: .releasing)
        parking.scheduler.park(parking.worker)
        #expect(!parking.isIdle)
        // Nobody takes it for one that could be woken.
        #expect(!parking.scheduler.wakeOne())
    }

    @Test func `who finds work as it parks is not among the parked`() {
        let parking = Parking()
        parking.scheduler.inject(RunItem(bits: 8))
        parking.scheduler.park(parking.worker)
        #expect(!parking.isIdle)
        #expect(parking.scheduler.takeInjected()?.bits == 8)
    }

    @Test func `a storm of wake-ups loses no work, and no worker that runs counts as parked`() async {
        let parking = Parking()
        let (wakers, each) = (3, 10_000)
        let taken = Tally()
        let threads = (0..<wakers).map { number in
            Thread {
                for item in 1...each {
                    let before = taken.count
                    parking.scheduler.inject(RunItem(bits: UInt(number * each + item) << 3))
                    // The worker is to park as often as can be.
                    while taken.count == before { sched_yield() }
                }
            }
        }
        // A thread of its own, as it waits for the wakers.
        let found = await withCheckedContinuation { done in
            let worker = Thread {
                var (sum, wrong) = (0, 0)
                while taken.count < wakers * each {
                    if let item = parking.scheduler.takeInjected() {
                        sum += Int(item.bits >> 3)
                        taken.note()
                    } else {
                        parking.scheduler.park(parking.worker)
                    }
                    if parking.isIdle { wrong += 1 }
                }
                done.resume(returning: (sum, wrong))
            }
            worker.start()
            for thread in threads { thread.start() }
        }
        let all = wakers * each
        #expect(found.0 == all * (all + 1) / 2)
        #expect(found.1 == 0)
    }

    private final class Tally: Sendable {
        private let number = Atomic<Int>(0)
        var count: Int { number.load(ordering: .acquiring) }
        func note() { number.add(1, ordering: .releasing) }
    }
}
