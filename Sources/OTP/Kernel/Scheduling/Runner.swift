internal import COTPRuntime
internal import Synchronization

/// A long-lived task inside which processes run, one after another.
///
/// A worker always has one runner in its loop. When a handler suspends, its runner stays with it and the worker
/// goes on with another; when that handler is done, its runner finds itself displaced and parks.
/// A runner whose task was cancelled is never used again, for cancelling is irrevocable.
// @unchecked because each field belongs to whoever runs or has just parked the runner; see `publish`.
@usableFromInline final class Runner: @unchecked Sendable {
    /// The runner of the current task or of the task that this one descends from.
    @TaskLocal static var inherited: Runner?

    private let schedulerRef: Unmanaged<Scheduler>
    var scheduler: Scheduler { schedulerRef.takeUnretainedValue() }
    /// Where the task suspends.
    let hub: Hub
    private var task: Task<Void, Never>?
    /// The runtime's identity of the task, to tell the runner's own task from tasks that it started.
    private(set) var identity: UInt = 0
    /// Where the task's list of task-local values begins, and what stands there while nobody has bound any: see
    /// ``BoundValues``. Nil: not known.
    private var firstValue: UnsafePointer<UInt>?
    private var ownValue: UInt = 0
    /// Whether nobody has bound task-local values in the task. Only for code that runs in it.
    var bindsNothing: Bool {
        guard let firstValue, firstValue.pointee == ownValue else { return false }
        assert(Runner.inherited === self, "a task without values of its own has those of its runner")
        return true
    }
    /// The worker that has made it and is to free it and its task: see ``ReturnBundle``.
    private let home: UInt8
    /// The job of the parked task.
    private var parkedItem: RunItem?
    /// Set by whoever cancelled the task, before the process it occupied is released.
    let isRetired = Atomic<Bool>(false)
    /// Whether the task was cancelled or is surplus.
    @usableFromInline var hasRetired: Bool { isRetired.load(ordering: .acquiring) }

    /// What the slice before has come upon, whose turn is next.
    private var passedOn: RunItem?
    /// The process whose code runs in this task.
    var occupant: Unmanaged<ProcessCell>?
    /// The same as a PID, for the watch over held workers.
    let occupantPID = Atomic<UInt64>(0)

    init(scheduler: Scheduler) {
        schedulerRef = .passUnretained(scheduler)
        hub = scheduler.takeHub()
        home = Worker.home(on: schedulerRef)
    }

    deinit { schedulerRef._withUnsafeGuaranteedRef { $0.keepHub(hub) } }

    /// Creates the task; its first job is caught by the calling worker.
    func start() {
        task = schedulerRef._withUnsafeGuaranteedRef { $0.makeRunnerTask { await self.main() } }
    }

    /// The task has suspended. The frame beneath publishes the runner once its job has returned on this thread.
    func parked(_ item: RunItem) {
        parkedItem = item
        Worker.current!.pointee.parking = Unmanaged.passUnretained(self)
    }

    /// The job by which the parked task goes on.
    func takeParked() -> RunItem {
        guard let item = parkedItem else { fatalError("a runner was engaged that is not parked") }
        parkedItem = nil
        return item
    }

    /// Cancels the task; from now on the runner is retired.
    func cancel() {
        isRetired.store(true, ordering: .releasing)
        task?.cancel()
    }

    private nonisolated(nonsending) func main() async {
        identity = otp_current_task()
        let place = BoundValues.place
        if place != 0 { firstValue = UnsafePointer(bitPattern: identity &+ place) }
        schedulerRef._withUnsafeGuaranteedRef { $0.runnerBegan(self) }
        await Runner.$inherited.withValue(self) { await self.loop() }
    }

    private nonisolated(nonsending) func loop() async {
        if let firstValue { ownValue = firstValue.pointee }
        while true {
            if let held = takeTurn() {
                finished(await held._withUnsafeGuaranteedRef { $0.sliceBody }(held, self))
                continue
            }
            guard let worker = ownWorker else {
                // What a handler waited for has left the task on a thread that is none of this scheduler's, perhaps a
                // worker of another node: back to a worker of its own.
                await hub.suspend()
                continue
            }
            if hasRetired {
                if isLoop(of: worker) { worker.pointee.loopRunner = nil }
                schedulerRef._withUnsafeGuaranteedRef { $0.runnerEnded(self) }
                // With it goes the task, of which it has a reference.
                if home != 0, home != worker.pointee.home {
                    Worker.giveBack(Unmanaged<AnyObject>.passRetained(self), to: home, from: worker)
                }
                return
            }
            Suspension.preparePark(self)
            await hub.suspend()
        }
    }

    @inline(__always) private func isLoop(of worker: UnsafeMutablePointer<Worker>) -> Bool {
        worker.pointee.loopRunner?.toOpaque() == Unmanaged.passUnretained(self).toOpaque()
    }

    /// The next process that takes a slice, held, after all jobs and plain turns that come before it have been run. Nil: the
    /// runner has to end, has been displaced, or has nothing to do; it suspends.
    private func takeTurn() -> Unmanaged<ProcessCell>? {
        guard let worker = ownWorker, !hasRetired, isLoop(of: worker) else {
            if let item = passedOn.take() {
                occupant = nil
                occupantPID.store(0, ordering: .relaxed)
                schedulerRef._withUnsafeGuaranteedRef { $0.enqueue(item) }
            }
            return nil
        }
        if let item = passedOn.take(), case .process(let held) = item.kind { return begun(held, on: worker) }
        while let item = Worker.next(worker) {
            switch item.kind {
            case .process(let held):
                if let waiting = held._withUnsafeGuaranteedRef({ $0.takeWaiting() }) {
                    Worker.run(waiting, on: worker)
                    held.release()
                } else {
                    let held = begun(held, on: worker)
                    guard let end = held._withUnsafeGuaranteedRef({ $0.mayTurnPlainly ? $0.plainTurn() : nil }) else {
                        return held
                    }
                    finished(SliceOutcome(end, held))
                }
            case .job, .globalJob:
                Worker.run(item, on: worker)
            }
            // What ran may have taken the worker, or have retired the runner.
            if hasRetired || !isLoop(of: worker) { return nil }
        }
        worker.pointee.loopRunner = nil
        return nil
    }

    /// From now on the process's code runs here.
    @inline(__always) private func begun(
        _ held: Unmanaged<ProcessCell>, on worker: UnsafeMutablePointer<Worker>
    ) -> Unmanaged<ProcessCell> {
        let pid = held._withUnsafeGuaranteedRef { $0.pid.raw }
        // Releasing: who finds it there finds the step, too, in which it runs.
        worker.pointee.runningPID.store(pid, ordering: .releasing)
        occupantPID.store(pid, ordering: .relaxed)
        occupant = held
        return held
    }

    /// The process that comes after `held`, which has become idle and is let go, if it is one of the same class: the slice
    /// then goes on with that one, which saves the way out and back in. Nil: back to the runner's loop.
    @usableFromInline func next(after held: Unmanaged<ProcessCell>) -> Unmanaged<ProcessCell>? {
        let type = held._withUnsafeGuaranteedRef { ObjectIdentifier(Swift.type(of: $0)) }
        finished(SliceOutcome(.idle, held))
        guard let next = takeTurn() else { return nil }
        if next._withUnsafeGuaranteedRef({ ObjectIdentifier(Swift.type(of: $0)) == type }) { return next }
        passedOn = RunItem(held: next)
        return nil
    }

    /// The worker of the runner's own scheduler that the task is on. With the process-wide executor what a handler waits
    /// for may leave the task on a worker of the default node, whatever node the process belongs to.
    private var ownWorker: UnsafeMutablePointer<Worker>? { Worker.current(of: schedulerRef) }

    /// Whoever ends on another worker than that on which it was made goes back there to be freed.
    @inline(__always) private func finished(_ outcome: SliceOutcome) {
        guard let held = outcome.held else { return }
        occupant = nil
        occupantPID.store(0, ordering: .relaxed)
        let worker = ownWorker
        worker?.pointee.runningPID.store(0, ordering: .relaxed)
        if outcome.isAgain {
            if let worker {
                Worker.pushBack(RunItem(held: held), on: worker)
            } else {
                scheduler.inject(RunItem(held: held))
            }
            return
        }
        let home = held._withUnsafeGuaranteedRef { $0.home }
        if let worker, home != worker.pointee.home, home != 0, held._withUnsafeGuaranteedRef({ $0.isHusk }) {
            Worker.giveBack(Unmanaged<AnyObject>.fromOpaque(held.toOpaque()), to: home, from: worker)
        } else {
            held.release()
        }
    }
}

/// How a slice of a process ended.
@usableFromInline enum SliceEnd: Sendable {
    /// The process has nothing to do; whoever sends to it next schedules it.
    case idle
    /// The process has more to do and goes to the back of the queue.
    case again
}

/// How a slice ended, and the process whose slice it was, held: not always the one with which it began.
@usableFromInline struct SliceOutcome {
    private let bits: UInt

    /// The slice has gone on with other processes and is done with all of them.
    @usableFromInline static var nothing: SliceOutcome { SliceOutcome(bits: 0) }

    private init(bits: UInt) { self.bits = bits }

    @usableFromInline init(_ end: SliceEnd, _ held: Unmanaged<ProcessCell>) {
        let again: UInt = if case .again = end { 1 } else { 0 }
        bits = UInt(bitPattern: held.toOpaque()) | again
    }

    var held: Unmanaged<ProcessCell>? { UnsafeRawPointer(bitPattern: bits & ~1).map(Unmanaged.fromOpaque) }
    var isAgain: Bool { bits & 1 != 0 }
}
