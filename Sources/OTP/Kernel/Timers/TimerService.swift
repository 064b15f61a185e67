internal import COTPRuntime
internal import Synchronization

/// Drives the timer queue of a scheduler by the monotonic clock, or by hand under a virtual one.
///
/// Its thread also watches the workers, so that a held worker is noticed and replaced. It sleeps without a limit
/// while no timer is pending and every worker is parked.
// @unchecked because the queue is reached under its lock only.
final class TimerService: @unchecked Sendable {
    enum Target {
        case call(CallSlot)
        case timer(ProcessTimer)
        case alarm(Alarm)
    }

    private static let made = Atomic<UInt64>(0)

    /// Tells this service from every other one of the program, those that are gone included.
    let id = TimerService.made.add(1, ordering: .relaxed).newValue
    private let guarding = SpinLock()
    private var queue = TimerQueue<Target>()
    private let lastOrder = Atomic<UInt64>(0)
    private let cancelled = Atomic<Int>(0)
    private let isVirtual: Bool
    private let virtualNow = Atomic<UInt64>(1_000_000_000)
    private let wakeWord = Atomic<UInt32>(0)
    private let sleepingUntil = Atomic<UInt64>(0)
    private let stopped = Atomic<Bool>(false)
    /// The thread that fires timers at this moment; 0: none.
    private let firingThread = Atomic<UInt32>(0)
    private unowned(unsafe) var scheduler: Scheduler!

    init(isVirtual: Bool) { self.isVirtual = isVirtual }

    /// Monotonic nanoseconds of this clock.
    var now: UInt64 { isVirtual ? virtualNow.load(ordering: .relaxed) : otp_now_ns() }

    /// The same, late by no more than a few milliseconds and never early; nil if there is no such clock.
    var roughlyNow: UInt64? {
        if isVirtual { return nil }
        let now = otp_roughly_now_ns()
        return now == 0 ? nil : now
    }

    func start(watching scheduler: Scheduler) {
        self.scheduler = scheduler
        let failure = otp_start_thread("otp-timer", Unmanaged.passRetained(self).toOpaque()) { raw in
            Unmanaged<TimerService>.fromOpaque(raw).takeRetainedValue().threadMain()
        }
        precondition(failure == 0, "the timer thread could not be started: errno \(failure)")
    }

    func stop() {
        stopped.store(true, ordering: .releasing)
        wake()
    }

    // MARK: setting deadlines

    /// Of two equal deadlines the one with the smaller order comes first.
    func nextOrder() -> UInt64 { lastOrder.wrappingAdd(1, ordering: .relaxed).newValue }

    func add(_ target: Target, at deadline: UInt64) { add(target, at: deadline, order: nextOrder()) }

    func add(_ target: Target, at deadline: UInt64, order: UInt64) {
        let isEarliest = guarding.withLock { queue.insert(target, at: deadline, order: order) }
        if isEarliest, !isVirtual, deadline < sleepingUntil.load(ordering: .sequentiallyConsistent) { wake() }
    }

    /// Notes that an entry in the queue is void; drops the void ones when they are many.
    func noteCancelled() {
        let void = cancelled.add(1, ordering: .relaxed).newValue
        guard void > 1024 else { return }
        guarding.withLock {
            guard void > queue.count / 2 else { return }
            queue.compact { entry in
                switch entry.target {
                case .timer(let timer): timer.isPending
                case .alarm(let alarm): alarm.isWanted(entry.order)
                case .call: true
                }
            }
            cancelled.store(0, ordering: .relaxed)
        }
    }

    // MARK: firing

    /// Whether the calling code has been called by a timer that fires.
    var isFiringHere: Bool { firingThread.load(ordering: .relaxed) == otp_thread_number() }

    /// Performs what is due; returns the next deadline.
    @discardableResult private func fireDue() -> UInt64? {
        firingThread.store(otp_thread_number(), ordering: .relaxed)
        defer { firingThread.store(0, ordering: .relaxed) }
        while true {
            let now = now
            var next: UInt64?
            let due = guarding.withLock { () -> TimerQueue<Target>.Entry? in
                let entry = queue.popDue(at: now)
                if entry == nil { next = queue.earliest }
                return entry
            }
            guard let due else { return next }
            switch due.target {
            case .call(let slot): slot.deadlinePassed(now: now, timers: self)
            case .timer(let timer): timer.fire(now: now)
            case .alarm(let alarm): alarm.cameUp(due.order)
            }
        }
    }

    /// Moves the virtual clock to the next deadline, no further than `limit`, and fires what is due.
    /// False if nothing was due by then; the clock then stands at `limit`.
    func advanceVirtual(to limit: UInt64) -> Bool {
        precondition(isVirtual, "only a virtual clock can be advanced")
        guard let next = guarding.withLock({ queue.earliest }), next <= limit else {
            virtualNow.store(max(limit, now), ordering: .relaxed)
            return false
        }
        virtualNow.store(max(next, now), ordering: .relaxed)
        fireDue()
        return true
    }

    var nextVirtualDeadline: UInt64? { guarding.withLock { queue.earliest } }

    // MARK: the thread

    private func wake() {
        wakeWord.store(1, ordering: .releasing)
        withUnsafePointer(to: wakeWord) {
            otp_wake_address(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self))
        }
    }

    /// A worker has left its park: see that it is watched.
    func workerWoke() {
        // Its bit among the parked ones was cleared before: pairs with the fence of the thread that goes to sleep.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if sleepingUntil.load(ordering: .relaxed) > otp_now_ns() &+ Watch.calmPeriod { wake() }
    }

    private func threadMain() {
        var watch = Watch()
        while !stopped.load(ordering: .acquiring) {
            let next = fireDue() ?? .max
            let now = otp_now_ns()
            let look = watch.look(at: scheduler, now: now)
            let until = min(next, look ?? .max)
            sleepingUntil.store(until, ordering: .sequentiallyConsistent)
            // Pairs with `add`: either the new deadline is seen here, or the adder sees how long we sleep.
            let earliest = guarding.withLock { queue.earliest } ?? .max
            let wait = min(until, earliest)
            // Likewise with `workerWoke`: whoever has left his park since they were looked at is seen here, or sees that
            // nobody watches.
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let isWatched = look != nil || !Watch.isAnybodyActive(in: scheduler)
            if wait > now, isWatched, wakeWord.exchange(0, ordering: .acquiring) == 0 {
                let limit = wait == .max ? -1 : Int64(clamping: wait &- now)
                withUnsafePointer(to: wakeWord) {
                    otp_wait_on_address(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self), 0, limit)
                }
                wakeWord.store(0, ordering: .relaxed)
            }
            sleepingUntil.store(0, ordering: .relaxed)
        }
    }
}
