internal import COTPRuntime
internal import Synchronization

/// Drives the timers of a scheduler by the monotonic clock, or by hand under a virtual one.
///
/// Its thread also watches the workers, so that a held worker is noticed and replaced. It sleeps without a limit
/// while no timer is pending and every worker is parked.
// @unchecked because the wheel is reached under its lock only.
@usableFromInline final class TimerService: @unchecked Sendable {
    private static let made = Atomic<UInt64>(0)

    /// Tells this service from every other one of the program, those that are gone included.
    let id = TimerService.made.add(1, ordering: .relaxed).newValue
    let guarding = SpinLock()
    /// Guarded, without the dynamic check of exclusive access, which costs more than what is done with it.
    @exclusivity(unchecked) var wheel = TimerWheel<TimerTarget>()
    private let lastOrder = Atomic<UInt64>(0)
    private let isVirtual: Bool
    private let virtualNow = Atomic<UInt64>(1_000_000_000)
    private let wakeWord = Atomic<UInt32>(0)
    private let sleepingUntil = Atomic<UInt64>(0)
    private let stopped = Atomic<Bool>(false)
    /// The thread that fires timers at this moment; 0: none.
    private let firingThread = Atomic<UInt32>(0)
    /// The timer that is being delivered at this moment, by the order under which it is known. Set with the lock held.
    let firing = Atomic<UInt64>(0)
    private unowned(unsafe) var scheduler: Scheduler!

    init(isVirtual: Bool) { self.isVirtual = isVirtual }

    /// Monotonic nanoseconds of this clock.
    var now: UInt64 { isVirtual ? virtualNow.load(ordering: .relaxed) : otp_now_ns() }

    /// The same, ahead by no more than 16 milliseconds and a tick of the system's, and behind only where the system misses more
    /// ticks than that; nil if there is no such clock.
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

    /// Sets the deadline of a call.
    func add(_ slot: CallSlot, at deadline: UInt64) {
        let order = nextOrder()
        guarding.withLock { _ = wheel.insert(.call(slot.body), at: deadline, order: order) }
        wake(for: deadline)
    }

    /// Lets a task that sleeps go on after `delay`.
    func add(_ sleeper: RunItem, after delay: Duration) {
        let deadline = Deadline.after(delay, from: now)
        let order = nextOrder()
        guarding.withLock { _ = wheel.insert(.job(sleeper), at: deadline, order: order) }
        wake(for: deadline)
    }

    /// Adds a timer to which nobody has a reference. Whoever adds it calls `wake(for:)` when he holds no lock.
    func insert(_ alarm: Alarm, at deadline: UInt64, order: UInt64) -> UInt32 {
        let target = TimerTarget.alarm(.passRetained(alarm))
        return guarding.withLock { wheel.insert(target, at: deadline, order: order) }
    }

    /// Takes out what is there under this number and order; false if that has come up.
    func withdraw(_ index: UInt32, order: UInt64) -> Bool {
        let target = guarding.withLock { () -> TimerTarget? in
            guard let node = wheel.find(index), node.pointee.order == order else { return nil }
            return forget(index)
        }
        target?.release()
        return target != nil
    }

    /// A deadline has been set: the thread must not sleep for longer.
    @inline(__always) func wake(for deadline: UInt64) {
        if !isVirtual, deadline < sleepingUntil.load(ordering: .sequentiallyConsistent) { wakeOnce() }
    }

    // MARK: firing

    /// Whether the calling code has been called by a timer that fires.
    var isFiringHere: Bool { firingThread.load(ordering: .relaxed) == otp_thread_number() }

    /// Performs what is due; returns when to look again.
    @discardableResult private func fireDue() -> UInt64? {
        firingThread.store(otp_thread_number(), ordering: .relaxed)
        defer { firingThread.store(0, ordering: .relaxed) }
        var now = now
        while true {
            if fireOne(now) { continue }
            let later = self.now
            // Whoever drives a virtual clock asks for himself.
            if isVirtual { return nil }
            if later == now { return guarding.withLock { nextLook } }
            now = later
            if !fireOne(now) { return guarding.withLock { nextLook } }
        }
    }

    /// When to look next: a little earlier than something is due, if that is sooner known.
    private var nextLook: UInt64? { wheel.earliest(lookingAt: 16) }

    /// Performs the first timer that is due at `now`; false if none is.
    private func fireOne(_ now: UInt64) -> Bool {
        guarding.lock()
        guard let index = wheel.popDue(at: now) else {
            guarding.unlock()
            return false
        }
        let node = wheel.node(index)
        let (target, order) = (node.pointee.body, node.pointee.order)
        switch target {
        case .call(let body):
            wheel.remove(index)
            guarding.unlock()
            CallSlot(body: body).deadlinePassed(now: now, timers: self)
        case .alarm(let alarm):
            wheel.remove(index)
            guarding.unlock()
            alarm._withUnsafeGuaranteedRef { $0.cameUp(order) }
            target.release()
        case .message(let cell, let first, let second):
            // From here on its process may end at any time.
            _ = cell.retain()
            firing.store(order, ordering: .relaxed)
            _ = forget(index)
            guarding.unlock()
            cell._withUnsafeGuaranteedRef { $0.postPlain(first, second) }
            firing.store(0, ordering: .releasing)
            cell.release()
        case .kept(let cell, let message):
            _ = cell.retain()
            firing.store(order, ordering: .relaxed)
            _ = forget(index)
            guarding.unlock()
            message._withUnsafeGuaranteedRef { message in cell._withUnsafeGuaranteedRef { message.post(to: $0) } }
            firing.store(0, ordering: .releasing)
            target.release()
            cell.release()
        case .job(let sleeper):
            wheel.remove(index)
            guarding.unlock()
            scheduler.enqueue(sleeper)
        case .timer(let timer): fire(timer, index)
        }
        return true
    }

    /// With the lock held, which it gives back.
    private func fire(_ reference: Unmanaged<ProcessTimer>, _ index: UInt32) {
        let timer = reference.takeUnretainedValue()
        // From here on its process may end at any time.
        _ = timer.owner?.retain()
        firing.store(timer.id, ordering: .relaxed)
        let deadline = wheel.node(index).pointee.deadline
        // One that comes again keeps its number.
        if timer.repetition.isOnce { _ = forget(index) } else { wheel.node(index).pointee.deadline = .max }
        guarding.unlock()
        switch timer.repetition {
        case .once:
            timer.deliver(timer)
            firing.store(0, ordering: .releasing)
            reference.release()
        case .rate(let period):
            timer.tick()
            let now = now
            var next = Deadline.after(period, from: deadline)
            if next <= now { next = Deadline.after(period &- (now &- next) % period, from: now) }
            guarding.withLock {
                firing.store(0, ordering: .releasing)
                if !timer.isOver.load(ordering: .relaxed) { wheel.reset(index, at: next, order: nextOrder()) }
            }
        case .delay:
            timer.tick()
            firing.store(0, ordering: .releasing)
        }
        timer.owner?.release()
    }

    /// Moves the virtual clock to the next deadline, no further than `limit`, and fires what is due.
    /// False if nothing was due by then; the clock then stands at `limit`.
    func advanceVirtual(to limit: UInt64) -> Bool {
        precondition(isVirtual, "only a virtual clock can be advanced")
        let due = guarding.withLock { () -> UInt64? in
            // Exactly only if it can be one of those before the limit: that may be a look at many timers far away.
            guard let early = wheel.earliest(lookingAt: 0), early <= limit else { return nil }
            return wheel.earliest()
        }
        guard let next = due, next <= limit else {
            virtualNow.store(max(limit, now), ordering: .relaxed)
            return false
        }
        virtualNow.store(max(next, now), ordering: .relaxed)
        fireDue()
        return true
    }

    var nextVirtualDeadline: UInt64? { guarding.withLock { wheel.earliest() } }

    // MARK: the thread

    /// Of all those who find it asleep one wakes it. Whoever takes the time of its sleep away wakes it in any case, though
    /// it may be that of its next sleep.
    @inline(never) private func wakeOnce() {
        if sleepingUntil.exchange(0, ordering: .sequentiallyConsistent) != 0 { wake() }
    }

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
            // Pairs with `wake(for:)`: either the new deadline is seen here, or the adder sees how long we sleep.
            let earliest = guarding.withLock { nextLook } ?? .max
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
