@testable import OTP

/// Workers without threads: what they would do is done by the test.
// @unchecked because each worker is one thread's at a time, as those of a scheduler are.
struct ThreadlessWorkers: @unchecked Sendable {
    let scheduler: Scheduler

    init(_ count: Int) {
        scheduler = Scheduler(mode: .threads, workers: count)
        // As any scheduler it is never freed.
        _ = Unmanaged.passRetained(scheduler)
        for index in 0..<count {
            let worker = UnsafeMutablePointer<OTP.Worker>.allocate(capacity: 1)
            worker.initialize(to: OTP.Worker(scheduler: scheduler, role: .thread, index: index))
            scheduler.workers[index] = worker
        }
    }

    subscript(index: Int) -> UnsafeMutablePointer<OTP.Worker> { scheduler.workers[index] }
}
