internal import COTPRuntime
internal import Synchronization

/// One worker: a thread (or a borrowed one) with its queue, its runners and its caches.
///
/// Lives behind a pointer and is never freed, so that the hot path pays no reference counting.
/// Fields without `Atomic` belong to the thread that the worker is bound to.
struct Worker: ~Copyable {
    enum Role { case thread, guest, seeded }

    let schedulerRef: Unmanaged<Scheduler>
    var scheduler: Scheduler { schedulerRef.takeUnretainedValue() }
    /// The scheduler and its executor as plain words: comparing and passing them on counts no references.
    let schedulerID: UnsafeRawPointer
    let executor: UnownedTaskExecutor
    let role: Role
    let index: Int

    let queue = RunQueue()
    /// What stands behind it.
    let backlog = WorkerBacklog()
    /// What was made runnable last; runs next, while its data is warm. 0: none.
    let lifo = Atomic<UInt>(0)
    /// What runs before that, taken by nobody else: put there by code that suspends at once, whereupon the worker is back in
    /// its loop. 0: none.
    var handOff: UInt = 0
    /// Set by the watch when the worker has begun nothing new for a while: thieves may then take `lifo`.
    let stands = Atomic<Bool>(false)
    /// Where the call waits for its outcome that a process, or an ordinary task, has begun on this thread last; 0: none has. It
    /// may have been over for long.
    let calling = Atomic<UInt>(0)
    let parkWord = Atomic<UInt32>(0)
    /// Counts the looks for something to run, each before a park, too; the monitor compares.
    let steps = Atomic<UInt64>(0)
    /// The process whose handler runs now, for the monitor's report. Unretained; only compared and looked up.
    let runningPID = Atomic<UInt64>(0)
    /// The task whose job was begun last, for the same report. Only compared.
    let runningTask = Atomic<UInt>(0)

    var lifoRuns: UInt32 = 0
    var tick: UInt32 = 0
    var backlogSince: UInt64 = 0
    var random: UInt64

    /// The runner whose loop feeds this worker.
    var loopRunner: Unmanaged<Runner>?
    /// The runner found last to be the one of the nested job that runs now.
    var nestedRunner: Unmanaged<Runner>?
    /// A runner that has asked to be parked and whose job is about to return.
    var parking: Unmanaged<Runner>?
    var spares: [Unmanaged<Runner>] = []
    /// While set, the next job enqueued on this thread is caught here instead of being queued.
    var isCatching = false
    var caught: RunItem?
    /// The process whose `terminate` runs on this thread; still set when its job returns: it has suspended.
    var terminating: UInt64 = 0
    /// The process whose handler runs inline on this thread, in a task of its caller.
    var inlineCell: Unmanaged<ProcessCell>?
    /// How many turns of others have been taken on this thread.
    var inlineTurns: UInt32 = 0
    /// After how many more the worker looks around.
    var turnsUntilLook = Int(InlineBudget.step)
    var inlineBudget = InlineBudget()
    /// What a guest was borrowed for.
    var assigned: RunItem?
    /// A guest's own runner, parked.
    var keptRunner: Unmanaged<Runner>?

    /// Its own line in each ``ReaderGate``; 0: it has none.
    var readerLine = 0

    /// What objects note that are made here; 0: nothing comes back to this one.
    let home: UInt8
    /// What has come back, and what of it the worker has taken and not freed yet.
    let arrivals = Arrivals()
    var arrived: UInt = 0
    var isFreeing = false
    /// The bundles that are being filled, by the home of what is in them.
    let departures: UnsafeMutablePointer<UInt>

    var processNumbers = NumberBlock()
    var monitorNumbers = NumberBlock()
    var segments = SegmentCache()
    var slots = CallSlotCache()

    init(scheduler: Scheduler, role: Role, index: Int) {
        schedulerRef = .passUnretained(scheduler)
        schedulerID = UnsafeRawPointer(Unmanaged.passUnretained(scheduler).toOpaque())
        executor = scheduler.executor.asUnownedTaskExecutor()
        self.role = role
        self.index = index
        home = role == .thread ? UInt8(index + 1) : 0
        departures = OwnLines.allocate(UInt.self, count: scheduler.capacity + 1)
        departures.initialize(repeating: 0, count: scheduler.capacity + 1)
        random = UInt64(index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    }

    /// Whether anything waits in its queue or behind it.
    static func hasWaiting(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        !worker.pointee.queue.isEmpty || !worker.pointee.backlog.isEmpty
    }

    /// The next number of the worker's own sequence. Touches nothing but its field: others read the rest.
    static func nextRandom(_ worker: UnsafeMutablePointer<Worker>) -> UInt64 {
        var next = worker.pointee.random
        next ^= next << 13
        next ^= next >> 7
        next ^= next << 17
        worker.pointee.random = next
        return next
    }
}

extension Worker {
    /// The worker bound to the current thread.
    @inline(__always) static var current: UnsafeMutablePointer<Worker>? {
        otp_current_worker()?.assumingMemoryBound(to: Worker.self)
    }

    /// The same if it is one of this scheduler's.
    @inline(__always) static func current(of scheduler: Unmanaged<Scheduler>) -> UnsafeMutablePointer<Worker>? {
        guard let worker = current, worker.pointee.schedulerID == UnsafeRawPointer(scheduler.toOpaque()) else {
            return nil
        }
        return worker
    }
}
