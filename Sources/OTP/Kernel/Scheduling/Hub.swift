internal import COTPRuntime

/// Where the tasks of a scheduler's runners suspend.
///
/// To suspend, a runner hops to this actor: the runtime hands the rest of the task, as a job, to the actor's executor,
/// which keeps it for whoever will let the task go on. That is cheaper than a continuation, and it needs no executor
/// preference of the task, which would cost a lock at every hop. The job is then run as one of the generic executor,
/// so that code outside any actor goes on at once where it is resumed.
///
/// The actor has no state: nothing is ever protected by being isolated to it. Each runner has one of its own, all of a
/// scheduler with the same executor, for whoever hops to an actor counts a reference to it: that of an actor for all
/// would pass from core to core with each hop. Those of runners are immortal, which spares the counting, and are used again.
@usableFromInline actor Hub {
    /// The executor lives as long as its scheduler, which is never freed. No reference to it is counted, for all runners
    /// of a scheduler have the same.
    @usableFromInline nonisolated let unownedExecutor: UnownedSerialExecutor

    init(_ executor: HubExecutor) {
        unownedExecutor = executor.asUnownedSerialExecutor()
    }

    /// One that is never freed: to be kept for whoever needs one next.
    static func immortal(_ executor: HubExecutor) -> Hub {
        let hub = Hub(executor)
        // For good, whatever the runtime makes of the rest: those that are not needed are kept for others anyway.
        _ = otp_immortalize(Unmanaged.passRetained(hub).toOpaque())
        return hub
    }

    /// The one next to the code that runs: that of the runner in whose worker it runs.
    static func near(_ scheduler: Unmanaged<Scheduler>) -> Hub {
        if let runner = Worker.current(of: scheduler)?.pointee.loopRunner {
            return runner._withUnsafeGuaranteedRef { $0.hub }
        }
        return scheduler._withUnsafeGuaranteedRef { $0.hub }
    }

    /// Suspends the calling task. What becomes of it has been said by `Suspension.prepare`, just before; otherwise it
    /// goes on at once, on a worker of the scheduler.
    @inline(never) @usableFromInline func suspend() {}

    /// Creates the task of a runner. Its first job goes to the executor, as any other.
    nonisolated func startTask(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        assumeIsolated { $0.begin(body) }
    }

    private func begin(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task {
            _ = self
            await body()
        }
    }
}

/// What is to become of the job of a task that is about to suspend. Kept for one moment on its own thread.
@usableFromInline enum Suspension {
    enum Kind {
        static var goOn: UInt { 0 }
        /// Until the call slot is settled.
        static var call: UInt { 1 }
        /// Until the runner is needed.
        static var runner: UInt { 2 }
        /// Until something comes for the plain process.
        static var receive: UInt { 3 }
        /// Until all that is waiting on this worker now has run.
        static var giveWay: UInt { 4 }
    }

    static func prepareCall(_ slot: CallSlot) {
        otp_set_suspension(UnsafeMutableRawPointer(slot.body), Kind.call)
    }

    static func preparePark(_ runner: Runner) {
        otp_set_suspension(Unmanaged.passUnretained(runner).toOpaque(), Kind.runner)
    }

    static func prepareGiveWay(_ scheduler: Scheduler) {
        otp_set_suspension(Unmanaged.passUnretained(scheduler).toOpaque(), Kind.giveWay)
    }

    static func prepareReceive(_ cell: ProcessCell) {
        otp_set_suspension(Unmanaged.passUnretained(cell).toOpaque(), Kind.receive)
    }
}

/// Keeps the jobs of suspended tasks for whoever lets them go on.
final class HubExecutor: SerialExecutor {
    private let scheduler: Unmanaged<Scheduler>
    private let isSeeded: Bool

    init(_ scheduler: Scheduler) {
        self.scheduler = .passUnretained(scheduler)
        isSeeded = scheduler.isSeeded
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let item = item(for: UnownedJob(job))
        var target: UnsafeMutableRawPointer?
        switch otp_take_suspension(&target) {
        case Suspension.Kind.call:
            let slot = CallSlot(body: target!.assumingMemoryBound(to: CallSlot.Body.self))
            slot.body.pointee.waitingItem = item.bits
            slot.body.pointee.waitingScheduler = scheduler
            if !slot.announceWaiter() {
                slot.body.pointee.waitingItem = 0
                scheduler._withUnsafeGuaranteedRef { $0.enqueue(item) }
            }
        case Suspension.Kind.runner:
            Unmanaged<Runner>.fromOpaque(target!)._withUnsafeGuaranteedRef { $0.parked(item) }
        case Suspension.Kind.receive:
            Unmanaged<ProcessCell>.fromOpaque(target!)._withUnsafeGuaranteedRef { $0.waits(item) }
        case Suspension.Kind.giveWay:
            scheduler._withUnsafeGuaranteedRef { $0.enqueueLast(item) }
        default:
            scheduler._withUnsafeGuaranteedRef { $0.enqueue(item) }
        }
    }

    /// The job of a suspended runner, to be run as one of the generic executor.
    private func item(for job: UnownedJob) -> RunItem {
        isSeeded ? RunItem(job) : RunItem(global: job)
    }

    /// There is nothing to protect, so that whoever asks is right.
    func checkIsolated() {}
    func isIsolatingCurrentContext() -> Bool? { true }
}
