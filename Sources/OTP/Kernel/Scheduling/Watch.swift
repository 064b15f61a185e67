internal import COTPRuntime
internal import Synchronization

/// Watches the workers from the timer thread: notices one that is held, lends a spare, and reports it once if it is held for
/// long.
struct Watch {
    /// How often the workers are looked at while any of them runs.
    static let period: UInt64 = 4_000_000
    /// The same while work waits for one worker and another one has nothing to do.
    static let shortPeriod: UInt64 = 1_000_000
    /// Looking goes on for this long after the last worker parked.
    static let calmPeriod: UInt64 = 20_000_000
    /// A worker that has begun nothing new for this long stands: what it would run next is for others to take, and one that
    /// has nothing to do is woken for it.
    static let standsAfter: UInt64 = 500_000
    /// One that has stood for this long is held. A spare comes as soon unless the node says otherwise, for one that nobody
    /// needed costs next to nothing. On a busy machine the system alone takes a processor away for as long.
    static let heldAfter: UInt64 = 10_000_000

    private struct Seen {
        /// No step is ever the last of all: of a worker that was parked, or has not been looked at, it is not known how long it
        /// has run since.
        var steps: UInt64 = .max
        var since: UInt64 = 0
        var stands = false
        var hasSpare = false
        var held = HeldTime()
    }

    /// A call that is handled on its caller's thread, and the time of the look after the one that saw it first: the call was under
    /// way then. 0: there has been none yet.
    private struct SeenCall {
        var slot: UInt = 0
        var generation: UInt64 = 0
        var since: UInt64 = 0
    }

    private var seen = [Seen](repeating: Seen(), count: 64)
    private var calls = [SeenCall](repeating: SeenCall(), count: 64)
    private var lastActive: UInt64 = 0

    /// Looks once; returns when to look again, nil when there is nothing to watch.
    mutating func look(at scheduler: Scheduler, now: UInt64) -> UInt64? {
        let count = scheduler.startedWorkers.load(ordering: .acquiring)
        let idle = scheduler.idleMask.load(ordering: .acquiring)
        let hasIdle = scheduler.hasIdleWorkers(in: idle)
        var isActive = false
        var isUneven = false
        var spares = 0
        for i in 0..<count {
            let worker = scheduler.workers[i]
            let steps = worker.pointee.steps.load(ordering: .relaxed)
            let isParked = idle & (1 << UInt64(i)) != 0
            if isParked || steps != seen[i].steps {
                if seen[i].stands { worker.pointee.stands.store(false, ordering: .releasing) }
                // A worker counts its step before it parks, and runs what it is woken for in the same one.
                seen[i] = Seen(steps: isParked ? .max : steps, since: now)
            } else {
                stands(worker, i, for: now &- seen[i].since, scheduler)
            }
            if seen[i].hasSpare { spares += 1 }
            if !isParked {
                isActive = true
                endLateCall(of: worker, i, now)
                if hasIdle, leavesWork(worker, i, scheduler) { isUneven = true }
            }
        }
        lend(spares, scheduler)
        if isActive {
            lastActive = now
            scheduler.node.alarms.tick(scheduler.node, now: now)
        }
        guard isActive || now &- lastActive < Self.calmPeriod else { return nil }
        return now &+ (isUneven ? Self.shortPeriod : Self.period)
    }

    /// Whether something waits for the worker; then another one is woken, if it is for others to take.
    private func leavesWork(_ worker: UnsafeMutablePointer<Worker>, _ i: Int, _ scheduler: Scheduler) -> Bool {
        let hasLast = worker.pointee.lifo.load(ordering: .relaxed) != 0
        // Also what its handler has made runnable since a spare last looked.
        if Worker.hasWaiting(worker) || (hasLast && seen[i].stands) {
            scheduler.wakeOne()
            return true
        }
        return hasLast
    }

    /// Fails the call that is handled on this worker, its caller's, when his time is over: whatever the handler answers then goes
    /// nowhere. Never too early, and late by some looks.
    private mutating func endLateCall(of worker: UnsafeMutablePointer<Worker>, _ i: Int, _ now: UInt64) {
        let bits = worker.pointee.calling.load(ordering: .acquiring)
        guard let body = UnsafeMutablePointer<CallSlot.Body>(bitPattern: bits) else { return }
        let slot = CallSlot(body: body)
        // First: a caller that is seen below to be under way is that of this generation, or of one that ends it.
        let generation = body.pointee.word.load(ordering: .acquiring) >> 8
        // Who waits has a timer; and the slot of a call that is over has the generation of the next one already.
        guard body.pointee.beginner.load(ordering: .acquiring) == UInt(bitPattern: worker) else {
            calls[i] = SeenCall()
            return
        }
        guard calls[i].slot == bits, calls[i].generation == generation else {
            calls[i] = SeenCall(slot: bits, generation: generation)
            return
        }
        if calls[i].since == 0 {
            calls[i].since = now
        } else if now &- calls[i].since >= body.pointee.limit.load(ordering: .relaxed) {
            slot.fail(generation, .timeout)
        }
    }

    /// Whether any worker is not parked.
    static func isAnybodyActive(in scheduler: Scheduler) -> Bool {
        let count = scheduler.startedWorkers.load(ordering: .acquiring)
        let idle = scheduler.idleMask.load(ordering: .sequentiallyConsistent)
        return (0..<count).contains { idle & (1 << UInt64($0)) == 0 }
    }

    /// The worker has begun nothing new since it was looked at last.
    private mutating func stands(
        _ worker: UnsafeMutablePointer<Worker>, _ i: Int, for time: UInt64, _ scheduler: Scheduler
    ) {
        if !seen[i].stands, time >= Self.standsAfter {
            seen[i].stands = true
            worker.pointee.stands.store(true, ordering: .releasing)
        }
        let spareAfter = scheduler.substituteAfter.load(ordering: .relaxed)
        if !seen[i].hasSpare, spareAfter > 0, time >= spareAfter { seen[i].hasSpare = true }
        let limit = scheduler.reportHeldAfter.load(ordering: .relaxed)
        if limit > 0, time >= Self.heldAfter {
            let step = seen[i].steps
            let due = seen[i].held.due(after: time, limit: limit) {
                Self.occupant(of: worker, in: step, scheduler)
            }
            if let (pid, time) = due, let report = scheduler.onHeld.get() { report(PID(raw: pid), time) }
        }
    }

    /// The process whose code the worker runs in that step, 0 if none is known.
    private static func occupant(
        of worker: UnsafeMutablePointer<Worker>, in step: UInt64, _ scheduler: Scheduler
    ) -> UInt64 {
        var pid = worker.pointee.runningPID.load(ordering: .acquiring)
        if pid == 0 { pid = scheduler.occupant(ofTask: worker.pointee.runningTask.load(ordering: .acquiring)) }
        // It may have gone on meanwhile: then it is the next step's.
        return worker.pointee.steps.load(ordering: .relaxed) == step ? pid : 0
    }

    private func lend(_ wanted: Int, _ scheduler: Scheduler) {
        let before = scheduler.held.load(ordering: .relaxed)
        if wanted == before { return }
        scheduler.held.store(wanted, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard wanted > before else { return }
        for _ in before..<wanted {
            if scheduler.startedWorkers.load(ordering: .relaxed) < scheduler.workerCount + wanted {
                scheduler.startWorker()
            } else {
                scheduler.wakeOne()
            }
        }
    }
}
