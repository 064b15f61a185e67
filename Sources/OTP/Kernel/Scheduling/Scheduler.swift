internal import COTPRuntime
internal import Synchronization

/// Runs processes and the Swift jobs that belong to them on a fixed number of threads.
///
/// Each worker feeds itself and steals from others when it has nothing; a worker without work parks on a futex and
/// costs nothing. A monitor thread replaces a worker that is held by one handler and fires the timers, so that
/// deadlines pass even while every worker is stuck.
// @unchecked because the workers are reached through pointers; each field's owner is named where it is declared.
@usableFromInline final class Scheduler: @unchecked Sendable {
    enum Mode { case threads, seeded(UInt64) }

    let mode: Mode
    let workerCount: Int
    private(set) var executor: OTPTaskExecutor!
    private(set) var hubExecutor: HubExecutor!
    private(set) var hub: Hub!
    /// The workers with threads, spares for held ones included. Written before `startedWorkers` is raised.
    let workers: UnsafeMutablePointer<UnsafeMutablePointer<Worker>>
    let capacity: Int
    let startedWorkers = Atomic<Int>(0)
    /// How many workers beyond `workerCount` may run, because so many others are held.
    let held = Atomic<Int>(0)
    /// One bit for each parked worker.
    let idleMask = Atomic<UInt64>(0)
    private let stopped = Atomic<Bool>(false)
    private let livingThreads = Atomic<Int>(0)

    private let sharedLock = SpinLock()
    @exclusivity(unchecked) private var shared = RingBuffer<UInt>()
    private let sharedCount = Atomic<Int>(0)

    private let spareLock = SpinLock()
    @exclusivity(unchecked) private var spareRunners: [Unmanaged<Runner>] = []
    @exclusivity(unchecked) private var spareHubs: [Hub] = []
    private let spareCount = Atomic<Int>(0)
    let guests = Guests()
    /// The runners by the identity of their tasks.
    @exclusivity(unchecked) private var runners: [UInt: Runner] = [:]
    /// How many runners exist: parked, in a loop or suspended with a handler.
    let runnerCount = Atomic<Int>(0)

    unowned(unsafe) var node: Node!
    let timers: TimerService
    /// The same without counting a reference; never freed either.
    let timersRef: Unmanaged<TimerService>
    let isSeeded: Bool
    /// A guest has found no runner: the next worker that has nothing to do leaves its own and makes another.
    let lacksRunner = Atomic<Bool>(false)
    /// Another worker stands in for one that is held for so many nanoseconds; 0: none does.
    let substituteAfter = Atomic<UInt64>(Watch.heldAfter)
    /// A worker that is held for so many nanoseconds is reported; 0: none is.
    let reportHeldAfter = Atomic<UInt64>(100_000_000)
    /// Told once when a worker is held for long: the process and for how many nanoseconds.
    let onHeld = LockedBox<(@Sendable (PID, UInt64) -> Void)?>(nil)

    init(mode: Mode, workers count: Int) {
        self.mode = mode
        workerCount = max(1, min(count, 48))
        capacity = min(64, workerCount * 2 + 4)
        workers = .allocate(capacity: capacity)
        isSeeded = if case .seeded = mode { true } else { false }
        timers = TimerService(isVirtual: isSeeded)
        timersRef = .passUnretained(timers)
        executor = OTPTaskExecutor(self)
        hubExecutor = HubExecutor(self)
        hub = Hub(hubExecutor)
    }

    deinit { workers.deallocate() }

    /// Starts the threads. A seeded scheduler has none: it is driven by its caller.
    func start() {
        if case .seeded(let seed) = mode {
            let worker = makeWorker(role: .seeded, index: 0)
            worker.pointee.random = seed &* 2 &+ 1
            workers[0] = worker
            startedWorkers.store(1, ordering: .releasing)
            return
        }
        for _ in 0..<workerCount { startWorker() }
        timers.start(watching: self)
    }

    /// Adds one worker thread; false when there is no room for more.
    @discardableResult func startWorker() -> Bool {
        let index = startedWorkers.load(ordering: .acquiring)
        guard index < capacity else { return false }
        let worker = makeWorker(role: .thread, index: index)
        workers[index] = worker
        livingThreads.add(1, ordering: .relaxed)
        startedWorkers.store(index + 1, ordering: .releasing)
        let failure = otp_start_thread("otp-\(index)", worker) { raw in
            Worker.threadMain(raw.assumingMemoryBound(to: Worker.self))
        }
        precondition(failure == 0 || index > 0, "the first worker thread could not be started: errno \(failure)")
        return failure == 0
    }

    func makeWorker(role: Worker.Role, index: Int) -> UnsafeMutablePointer<Worker> {
        let worker = OwnLines.allocate(Worker.self)
        worker.initialize(to: Worker(scheduler: self, role: role, index: index))
        return worker
    }

    // MARK: stopping

    var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Lets the threads end. What is still queued is not run.
    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        timers.stop()
        // Pairs with the fence in `park`: either the worker sees that all is over or we see it idle.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        while wakeOne() {}
    }

    func workerStopped() { livingThreads.subtract(1, ordering: .relaxed) }

    /// Now, by the clock of the timers.
    var clock: UInt64 { timersRef._withUnsafeGuaranteedRef { $0.now } }

    // MARK: adding work

    /// Adds work from wherever the caller runs.
    @usableFromInline func enqueue(_ item: RunItem) {
        if let worker = ownWorker { Worker.accept(item, on: worker) } else { inject(item) }
    }

    /// The worker bound to the current thread, if it is one of this scheduler.
    private var ownWorker: UnsafeMutablePointer<Worker>? { Worker.current(of: .passUnretained(self)) }

    /// Adds work behind all that is waiting.
    func enqueueLast(_ item: RunItem) {
        if let worker = ownWorker { Worker.pushBack(item, on: worker) } else { inject(item) }
    }

    /// Makes a process run that was idle.
    @usableFromInline func schedule(_ cell: ProcessCell) {
        if let worker = ownWorker {
            Worker.push(RunItem(retaining: cell), on: worker)
        } else {
            inject(RunItem(retaining: cell))
        }
    }

    /// Makes a process run that was idle, as the next thing on this worker, when what runs there in `runner` suspends.
    func scheduleNext(_ cell: ProcessCell, after runner: Unmanaged<Runner>) {
        if let worker = ownWorker, worker.pointee.role == .thread, worker.pointee.handOff == 0,
            Worker.isNext(worker, after: runner)
        {
            worker.pointee.handOff = RunItem(retaining: cell).bits
        } else {
            schedule(cell)
        }
    }

    /// Adds work to the queue shared by all workers and wakes one of them.
    func inject(_ item: RunItem) {
        sharedLock.withLock {
            shared.append(item.bits)
            sharedCount.add(1, ordering: .releasing)
        }
        // Pairs with the fence in `park`: either the worker sees the work or we see the worker idle.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        wakeOne()
    }

    func takeInjected() -> RunItem? {
        guard sharedCount.load(ordering: .acquiring) > 0 else { return nil }
        let bits = sharedLock.withLock { () -> UInt? in
            guard let bits = shared.popFirst() else { return nil }
            sharedCount.subtract(1, ordering: .relaxed)
            return bits
        }
        guard let bits else { return nil }
        if sharedCount.load(ordering: .relaxed) > 0, hasIdleWorkers { wakeOne() }
        return RunItem(bits: bits)
    }

    // MARK: stealing and parking

    /// Whether there is a worker that could be woken. Spares whose help is over sleep on.
    var hasIdleWorkers: Bool { hasIdleWorkers(in: idleMask.load(ordering: .relaxed)) }

    func hasIdleWorkers(in mask: UInt64) -> Bool { mask & ~(UInt64.max << UInt64(wantedWorkers)) != 0 }

    /// Whether anything waits in the queue shared by all.
    var hasInjected: Bool { sharedCount.load(ordering: .relaxed) > 0 }

    func isIdle(workerAt index: Int) -> Bool { idleMask.load(ordering: .relaxed) & 1 << UInt64(index) != 0 }

    func steal(for thief: UnsafeMutablePointer<Worker>) -> RunItem? {
        let count = startedWorkers.load(ordering: .acquiring)
        guard count > 1, !isSurplus(thief) else { return nil }
        let start = Int(truncatingIfNeeded: Worker.nextRandom(thief) % UInt64(count))
        for i in 0..<count {
            let victim = workers[(start + i) % count]
            if victim == thief { continue }
            if let item = victim.pointee.queue.steal(into: thief.pointee.queue) {
                if Worker.hasWaiting(victim), hasIdleWorkers { wakeOne() }
                return item
            }
            if let item = victim.pointee.backlog.take(into: thief.pointee.queue, isOwner: false) {
                if Worker.hasWaiting(victim) || !thief.pointee.queue.isEmpty, hasIdleWorkers { wakeOne() }
                return item
            }
            if victim.pointee.stands.load(ordering: .acquiring), victim.pointee.lifo.load(ordering: .relaxed) != 0 {
                let bits = victim.pointee.lifo.exchange(0, ordering: .acquiringAndReleasing)
                if bits != 0 { return RunItem(bits: bits) }
            }
        }
        return nil
    }

    /// A worker beyond the wanted number, while not so many others are held.
    private func isSurplus(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        worker.pointee.index >= wantedWorkers
    }

    /// So many workers may run.
    var wantedWorkers: Int { workerCount + held.load(ordering: .relaxed) }

    private func seesWork(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        if sharedCount.load(ordering: .relaxed) > 0 { return true }
        let count = startedWorkers.load(ordering: .acquiring)
        for i in 0..<count {
            let other = workers[i]
            if Worker.hasWaiting(other) { return true }
            if other.pointee.lifo.load(ordering: .relaxed) != 0,
                other == worker || other.pointee.stands.load(ordering: .relaxed)
            {
                return true
            }
        }
        return false
    }

    /// Sleeps until there may be work.
    func park(_ worker: UnsafeMutablePointer<Worker>) {
        let bit: UInt64 = 1 << UInt64(worker.pointee.index)
        if isSurplus(worker) {
            // A spare whose help is over: woken by `stop` or when another worker is held.
            worker.pointee.stands.store(false, ordering: .relaxed)
        }
        idleMask.bitwiseOr(bit, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if !isStopped, worker.pointee.arrivals.isEmpty, isSurplus(worker) || !seesWork(worker) {
            while worker.pointee.parkWord.exchange(0, ordering: .acquiring) == 0 {
                withUnsafePointer(to: worker.pointee.parkWord) { word in
                    otp_wait_on_address(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self), 0, -1)
                }
            }
        }
        // Its bit still stands if it has seen that there is something to do, or if the wake-up belonged to an earlier park that
        // ended in this way: its waker took that park's bit and set the word only now. Who ran with the bit would be woken
        // instead of others, and watched by nobody.
        if isIdle(workerAt: worker.pointee.index) {
            idleMask.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
        }
        timers.workerWoke()
    }

    /// Wakes one parked worker; false when none is parked.
    @discardableResult func wakeOne() -> Bool {
        while true {
            let mask = idleMask.load(ordering: .relaxed)
            if mask == 0 { return false }
            let index = mask.trailingZeroBitCount
            if index >= wantedWorkers, !isStopped { return false }
            let bit: UInt64 = 1 << UInt64(index)
            let old = idleMask.bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue
            guard old & bit != 0 else { continue }
            let worker = workers[index]
            worker.pointee.parkWord.store(1, ordering: .releasing)
            withUnsafePointer(to: worker.pointee.parkWord) { word in
                otp_wake_address(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self))
            }
            return true
        }
    }

    // MARK: runners

    func makeRunner() -> Runner {
        runnerCount.add(1, ordering: .relaxed)
        return Runner(scheduler: self)
    }

    /// Creates the task of a runner; its first job is enqueued at once. Under a seed the task prefers our executor,
    /// so that tasks which handlers start are part of the replay too.
    func makeRunnerTask(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        if case .seeded = mode { return Task.detached(executorPreference: executor, operation: body) }
        return hub.startTask(body)
    }

    /// Where a new runner suspends.
    func takeHub() -> Hub { spareLock.withLock { spareHubs.popLast() } ?? .immortal(hubExecutor) }

    /// A runner has ended.
    func keepHub(_ hub: Hub) { spareLock.withLock { spareHubs.append(hub) } }

    func runnerBegan(_ runner: Runner) { spareLock.withLock { runners[runner.identity] = runner } }

    func runnerEnded(_ runner: Runner) {
        runnerCount.subtract(1, ordering: .relaxed)
        let ended = spareLock.withLock { runners.removeValue(forKey: runner.identity) }
        _ = ended
    }

    /// The process whose code runs in this task; 0 if it is no runner's.
    func occupant(ofTask identity: UInt) -> UInt64 {
        spareLock.withLock { runners[identity] }?.occupantPID.load(ordering: .relaxed) ?? 0
    }

    func takeSpareRunner(leaving reserve: Int = 0) -> Unmanaged<Runner>? {
        guard spareCount.load(ordering: .relaxed) > reserve else { return nil }
        return spareLock.withLock {
            guard spareRunners.count > reserve, let runner = spareRunners.popLast() else { return nil }
            spareCount.store(spareRunners.count, ordering: .relaxed)
            return runner
        }
    }

    /// Whether guests could do with a runner: they cannot make their own.
    var needsSpareRunners: Bool { spareCount.load(ordering: .relaxed) < Self.guestReserve }

    /// How many spare runners workers leave to guests.
    static var guestReserve: Int { 4 }

    /// False when there are enough.
    func keepSpareRunner(_ runner: Unmanaged<Runner>) -> Bool {
        spareLock.withLock {
            guard spareRunners.count < 256 else { return false }
            spareRunners.append(runner)
            spareCount.store(spareRunners.count, ordering: .relaxed)
            return true
        }
    }

    // MARK: the seeded worker

    /// Runs everything that can run, in an order that follows from the seed; returns when nothing can.
    func drainSeeded() {
        let worker = workers[0]
        let outer = otp_current_worker()
        otp_set_current_worker(worker)
        while sharedCount.load(ordering: .acquiring) > 0 || !worker.pointee.queue.isEmpty { Worker.engage(worker) }
        otp_set_current_worker(outer)
    }

    func nextSeeded(_ worker: UnsafeMutablePointer<Worker>) -> RunItem? {
        while worker.pointee.queue.count < RunQueue.capacity, let item = takeInjected() {
            _ = worker.pointee.queue.push(item)
        }
        let count = worker.pointee.queue.count
        guard count > 0 else { return nil }
        let choice = UInt32(truncatingIfNeeded: Worker.nextRandom(worker) >> 16) % count
        return worker.pointee.queue.take(at: choice)
    }
}

/// The executor that tasks started for processes prefer: jobs go to the scheduler's queues.
final class OTPTaskExecutor: TaskExecutor {
    private let scheduler: Unmanaged<Scheduler>

    init(_ scheduler: Scheduler) { self.scheduler = .passUnretained(scheduler) }

    func enqueue(_ job: consuming ExecutorJob) {
        let item = RunItem(UnownedJob(job))
        scheduler._withUnsafeGuaranteedRef { $0.enqueue(item) }
    }
}
