internal import COTPRuntime
internal import Synchronization

extension Worker {
    private typealias Pointer = UnsafeMutablePointer<Worker>

    /// After so many items from `lifo` in a row the queue gets its turn.
    static var lifoLimit: UInt32 { 16 }
    /// The queue shared by all is looked at this often even while there is work of one's own.
    private static var sharedQueueInterval: UInt32 { 61 }
    /// Work older than this is worth waking another worker for.
    private static var backlogAge: UInt64 { 10_000 }

    /// The body of a worker thread.
    static func threadMain(_ worker: UnsafeMutablePointer<Worker>) {
        otp_set_current_worker(worker)
        withReaderLine(worker, of: ReaderLines.ofProgram) {
            while !worker.pointee.scheduler.isStopped { engage(worker) }
            closeReturns(of: worker)
        }
        otp_set_current_worker(nil)
        worker.pointee.scheduler.workerStopped()
    }

    /// Runs `body` while the worker has a line of its own, if there is one left.
    static func withReaderLine(
        _ worker: UnsafeMutablePointer<Worker>, of lines: borrowing ReaderLines, _ body: () -> Void
    ) {
        worker.pointee.readerLine = lines.take()
        body()
        lines.giveBack(worker.pointee.readerLine)
        worker.pointee.readerLine = 0
    }

    /// Puts a runner into the worker's loop; returns when it has parked, ended or suspended inside a handler.
    static func engage(_ worker: UnsafeMutablePointer<Worker>) {
        if let spare = worker.pointee.spares.popLast()
            ?? worker.pointee.schedulerRef._withUnsafeGuaranteedRef({
                $0.takeSpareRunner(leaving: Scheduler.guestReserve)
            })
        {
            engage(worker, spare)
        } else {
            let runner = worker.pointee.schedulerRef._withUnsafeGuaranteedRef { $0.makeRunner() }
            worker.pointee.loopRunner = Unmanaged.passUnretained(runner)
            worker.pointee.isCatching = true
            runner.start()
            worker.pointee.isCatching = false
            guard let item = worker.pointee.caught else {
                fatalError("a runner's job was not enqueued on its own worker")
            }
            worker.pointee.caught = nil
            run(item, on: worker)
        }
    }

    /// The same with a runner that is parked.
    static func engage(_ worker: UnsafeMutablePointer<Worker>, _ spare: Unmanaged<Runner>) {
        worker.pointee.loopRunner = spare
        run(spare._withUnsafeGuaranteedRef { $0.takeParked() }, on: worker)
    }

    /// Runs a job of the Swift runtime on this thread, nested one level deep when called from a runner's loop.
    static func run(_ item: RunItem, on worker: UnsafeMutablePointer<Worker>) {
        worker.pointee.nestedRunner = nil
        // A handler that has suspended on this worker holds it no longer; one that goes on is found by its task.
        worker.pointee.runningPID.store(0, ordering: .relaxed)
        worker.pointee.runningTask.store(item.bits & ~3, ordering: .releasing)
        switch item.kind {
        case .job(let job): job.runSynchronously(on: worker.pointee.executor)
        case .globalJob(let job): otp_run_global_job(job)
        case .process: fatalError("a process is run by a runner")
        }
        if let parked = worker.pointee.parking {
            worker.pointee.parking = nil
            publish(parked, on: worker)
        }
        if worker.pointee.terminating != 0 {
            let pid = PID(raw: worker.pointee.terminating)
            worker.pointee.terminating = 0
            Node.of(pid)?.limitTermination(of: pid)
        }
    }

    /// Makes a parked runner available. Its job has returned on this thread, so nobody else can still be inside it.
    private static func publish(_ runner: Unmanaged<Runner>, on worker: UnsafeMutablePointer<Worker>) {
        if worker.pointee.role == .guest, worker.pointee.keptRunner == nil {
            worker.pointee.keptRunner = runner
            return
        }
        let scheduler = worker.pointee.scheduler
        let isFull = worker.pointee.role == .guest || worker.pointee.spares.count >= 16
        if !isFull, !scheduler.needsSpareRunners {
            worker.pointee.spares.append(runner)
        } else if !scheduler.keepSpareRunner(runner) {
            let surplus = runner._withUnsafeGuaranteedRef { $0 }
            surplus.isRetired.store(true, ordering: .releasing)
            run(surplus.takeParked(), on: worker)
        }
    }

    // MARK: adding work

    /// Takes a job that was enqueued on this worker's thread.
    static func accept(_ item: RunItem, on worker: UnsafeMutablePointer<Worker>) {
        if worker.pointee.isCatching {
            worker.pointee.isCatching = false
            worker.pointee.caught = item
        } else {
            push(item, on: worker)
        }
    }

    /// Adds work to be run next on this worker.
    static func push(_ item: RunItem, on worker: UnsafeMutablePointer<Worker>) {
        switch worker.pointee.role {
        case .guest: worker.pointee.scheduler.inject(item)
        case .seeded: pushBack(item, on: worker)
        case .thread:
            // Others only ever take from there: what is empty stays so, and needs no exchange.
            if worker.pointee.lifo.load(ordering: .relaxed) == 0 {
                worker.pointee.lifo.store(item.bits, ordering: .releasing)
                return
            }
            let old = worker.pointee.lifo.exchange(item.bits, ordering: .acquiringAndReleasing)
            if old != 0 { pushBack(RunItem(bits: old), on: worker) }
        }
    }

    /// Adds work at the back of this worker's queue.
    static func pushBack(_ item: RunItem, on worker: UnsafeMutablePointer<Worker>) {
        switch worker.pointee.role {
        case .guest:
            worker.pointee.scheduler.inject(item)
        case .seeded:
            if !worker.pointee.queue.push(item) { worker.pointee.scheduler.inject(item) }
        case .thread:
            if worker.pointee.backlog.isEmpty, worker.pointee.queue.push(item) { return }
            worker.pointee.backlog.append(item)
            worker.pointee.schedulerRef._withUnsafeGuaranteedRef { scheduler in
                // Pairs with the fence in `park`: either the other worker sees the work or we see it idle.
                atomicMemoryFence(ordering: .sequentiallyConsistent)
                if scheduler.hasIdleWorkers { scheduler.wakeOne() }
            }
        }
    }

    /// The oldest of the worker's own queue, or of what stands behind it.
    private static func popOwn(_ worker: UnsafeMutablePointer<Worker>) -> RunItem? {
        worker.pointee.queue.pop() ?? worker.pointee.backlog.take(into: worker.pointee.queue, isOwner: true)
    }

    // MARK: finding work

    /// The next thing to run on this worker; waits for it on a thread of our own. Nil: leave the loop.
    static func next(_ worker: UnsafeMutablePointer<Worker>) -> RunItem? {
        worker.pointee.steps.store(worker.pointee.steps.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        switch worker.pointee.role {
        case .guest:
            defer { worker.pointee.assigned = nil }
            return worker.pointee.assigned
        case .seeded:
            return worker.pointee.scheduler.nextSeeded(worker)
        case .thread:
            break
        }
        worker.pointee.tick &+= 1
        let tick = worker.pointee.tick
        if tick & 15 == 0 {
            noteBacklog(worker)
            if hasReturns(worker) { freeSome(of: worker) }
        }
        if worker.pointee.handOff != 0 {
            let item = RunItem(bits: worker.pointee.handOff)
            worker.pointee.handOff = 0
            if isTurn(of: item, on: worker) { return item }
            if let waited = popOwn(worker) { return waited }
        }
        if tick % sharedQueueInterval == 0, let item = worker.pointee.scheduler.takeInjected() { return item }
        return nextOwn(worker) ?? nextFromOthers(worker)
    }

    /// Nothing is left of the worker's own: looks elsewhere, and sleeps until there is something.
    private static func nextFromOthers(_ worker: UnsafeMutablePointer<Worker>) -> RunItem? {
        worker.pointee.schedulerRef._withUnsafeGuaranteedRef { nextFromOthers(worker, $0) }
    }

    private static func nextFromOthers(
        _ worker: UnsafeMutablePointer<Worker>, _ scheduler: Scheduler
    ) -> RunItem? {
        while true {
            if scheduler.isStopped { return nil }
            if let item = scheduler.takeInjected() ?? scheduler.steal(for: worker) { return item }
            if scheduler.lacksRunner.load(ordering: .relaxed),
                scheduler.lacksRunner.exchange(false, ordering: .relaxed)
            {
                return nil
            }
            if !settleReturns(of: worker) { continue }
            scheduler.park(worker)
            if let item = nextOwn(worker) { return item }
        }
    }

    /// Whether the worker comes back to its loop when the code that runs in `runner` suspends: if its task is the job that the
    /// worker has begun, or that of the loop itself. One that runs as part of another's job, as the tasks do that wait for an
    /// actor, leaves the worker to the others.
    static func isNext(_ worker: UnsafeMutablePointer<Worker>, after runner: Unmanaged<Runner>) -> Bool {
        if worker.pointee.loopRunner?.toOpaque() == runner.toOpaque() { return true }
        let task = runner._withUnsafeGuaranteedRef { $0.identity }
        return worker.pointee.runningTask.load(ordering: .relaxed) == task
    }

    /// Whether what was made runnable last runs next. Not if that has been so too often while others wait: then it goes
    /// to the back of the queue.
    private static func isTurn(of item: RunItem, on worker: UnsafeMutablePointer<Worker>) -> Bool {
        if worker.pointee.lifoRuns < lifoLimit || !hasWaiting(worker) {
            worker.pointee.lifoRuns &+= 1
            return true
        }
        worker.pointee.lifoRuns = 0
        pushBack(item, on: worker)
        return false
    }

    private static func nextOwn(_ worker: UnsafeMutablePointer<Worker>) -> RunItem? {
        if worker.pointee.lifo.load(ordering: .relaxed) != 0 {
            let bits = worker.pointee.lifo.exchange(0, ordering: .acquiringAndReleasing)
            if bits != 0, isTurn(of: RunItem(bits: bits), on: worker) { return RunItem(bits: bits) }
        }
        worker.pointee.lifoRuns = 0
        return popOwn(worker)
    }

    /// Wakes another worker when work has been waiting here for a while.
    private static func noteBacklog(_ worker: UnsafeMutablePointer<Worker>) {
        let hasIdle = worker.pointee.schedulerRef._withUnsafeGuaranteedRef { $0.hasIdleWorkers }
        if !hasIdle || !hasWaiting(worker) {
            worker.pointee.backlogSince = 0
            return
        }
        let now = otp_now_ns()
        if worker.pointee.backlogSince == 0 {
            worker.pointee.backlogSince = now
        } else if now &- worker.pointee.backlogSince > backlogAge {
            worker.pointee.backlogSince = 0
            worker.pointee.scheduler.wakeOne()
        }
    }
}
