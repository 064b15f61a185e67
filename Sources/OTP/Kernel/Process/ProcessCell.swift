internal import COTPRuntime
public import Synchronization

/// The kernel's object for one process: identity, mailbox, relations to others, and what runs it.
///
/// An idle process is nothing but this object. Who finds it idle puts it on a run queue; a runner then runs a slice
/// of it. Exit signals, links and monitors take effect at once, under the short lock of the cells concerned;
/// messages and the notices EXIT and DOWN go through the mailbox, so that each sender's order is kept.
// @unchecked because state is owned by whoever runs the process, relations are guarded by `guarding`,
// and everything else is atomic.
@usableFromInline class ProcessCell: @unchecked Sendable {
    @usableFromInline enum Control {
        /// A signal has asked the process to end.
        @usableFromInline static var exitPending: UInt32 { 1 }
        /// Death has been declared: nothing of the process is seen any more.
        @usableFromInline static var dead: UInt32 { 2 }
        /// Relations are closed: links, monitors and calls come too late.
        @usableFromInline static var closed: UInt32 { 4 }
        /// User messages wait until `resume`.
        @usableFromInline static var suspended: UInt32 { 8 }
        /// Exit signals become messages.
        @usableFromInline static var trapping: UInt32 { 16 }
        /// The process has begun to end.
        @usableFromInline static var ending: UInt32 { 32 }
        /// Killed while its code ran; that code has not returned yet.
        @usableFromInline static var zombie: UInt32 { 64 }
        /// State and mailbox are freed.
        @usableFromInline static var released: UInt32 { 128 }

        /// What makes a slice look closer before it takes the next message.
        @usableFromInline static var attention: UInt32 { 1 | 2 | 8 | 256 | 512 | 2048 | 4096 }
        /// What whoever answers a call has to look at.
        @usableFromInline static var noting: UInt32 { 2 | 512 | 2048 }
        /// Somebody who looks at the process holds it for a moment, as if he ran it.
        static var inspected: UInt32 { 1024 }
        /// Messages that arrived while suspended wait beside the mailbox.
        @usableFromInline static var hasDeferred: UInt32 { 256 }
        /// Messages are counted.
        @usableFromInline static var observed: UInt32 { 512 }
        /// Somebody is told of each event.
        @usableFromInline static var watched: UInt32 { 2048 }
        /// Another type of server has taken over the process.
        @usableFromInline static var replaced: UInt32 { 4096 }
        /// Its end is counted, for those who list processes.
        static var listed: UInt32 { 8192 }
        /// It has, or has had, timers.
        static var timed: UInt32 { 16384 }
        /// It is no process: there is nothing behind it but whoever notes what is asked of it.
        static var recorded: UInt32 { 32768 }
        /// An event manager one of whose handlers may suspend: its events are queued.
        @usableFromInline static var suspending: UInt32 { 65536 }
        /// It was tied to nobody when it died, and nobody has asked since to be told when it is released.
        static var bare: UInt32 { 131072 }
        /// The process never suspends.
        static var plain: UInt32 { 262144 }
        /// It has, or has had, a unique key: its end is counted for those who look it up.
        static var keyed: UInt32 { 524288 }
    }

    @usableFromInline final let pid: PID
    /// The node and its scheduler are never freed. Reaching them counts no references: those counts are shared by all
    /// workers, and would go from core to core at each call.
    @usableFromInline final let nodeRef: Unmanaged<Node>
    final let schedulerRef: Unmanaged<Scheduler>
    @usableFromInline final let control = Atomic<UInt32>(0)
    /// The number of the first of its timers; 0: it has none. Guarded by the lock of the node's timers.
    @exclusivity(unchecked) final var firstTimer: UInt32 = 0
    /// The runner inside which the process runs; lowest bits: see `cancelRunning`.
    final let runnerWord = Atomic<UInt>(0)
    /// The call in which the process's own handler waits.
    final let waitingOn = Atomic<UInt>(0)
    @usableFromInline final let mailbox: Mailbox

    final let guarding = SpinLock()
    /// Whether calls may run on the threads of their callers: a ``Pace``; 0: they may.
    final let paceWord = Atomic<UInt32>(0)

    /// Takes the lock if nobody has it and the relations are open.
    final func pin() -> Bool {
        guard guarding.tryLock() else { return false }
        if !has(Control.closed) { return true }
        guarding.unlock()
        return false
    }

    // Guarded, or of whoever runs the process. Without the dynamic check of exclusive access, which costs more than all
    // else that is done with them; ThreadSanitizer watches over them in every run of the checks.
    @exclusivity(unchecked) final var exitReason: ExitReason?
    /// What it is tied to, retained: nothing (0), its relations or, with the lowest bit set, a ``SoleTie``. Written with
    /// the lock held. Where only one word has to be looked at or changed, no reference is counted: see `withRelations`.
    final let tiesWord = Atomic<UInt>(0)
    /// The calls that wait for it: 0, the first of a ``DebtList`` or, with the lowest bit set, ``WideDebts``, retained. Written
    /// with the lock held.
    final let debtsWord = Atomic<UInt>(0)
    /// Notices of ends that were put down while the lock was taken: the last, kept by who waits for it; 0: none.
    final let waitingDowns = Atomic<UInt>(0)
    /// How often a caller has found the lock taken, as far as it is counted.
    @exclusivity(unchecked) final var meetings: UInt8 = 0
    /// The worker that has made it and is to free it: see ``ReturnBundle``. 0: whoever comes last frees it.
    final let home: UInt8
    /// How many messages are set aside: by a selective receive, or while the process is suspended. Written by whoever runs
    /// the process, read by anybody.
    @usableFromInline final let setAsideCount = Atomic<UInt32>(0)
    /// The place that the oldest of them had in the mailbox: its lower half.
    private final let setAsidePlace = Atomic<UInt32>(0)

    final let origin: Origin?
    /// By a clock that costs little and is up to 16 milliseconds and a tick of the system's ahead.
    private final let startedAt: UInt64
    /// Whether the behaviour's code runs now, inline on a caller's thread or in a slice. For reports.
    final let busySince = Atomic<UInt64>(0)
    @exclusivity(unchecked) final var limits: MailboxLimits?
    /// How long a suspended `terminate` may take; nil: as long as it likes.
    @usableFromInline final var terminateLimit: Duration? {
        get { terminateNanoseconds == .max ? nil : Deadline.duration(terminateNanoseconds) }
        set { terminateNanoseconds = newValue.map { Deadline.nanoseconds($0) } ?? .max }
    }
    /// The same as one word, which a duration is not; ``UInt64/max``: no limit.
    @exclusivity(unchecked) private final var terminateNanoseconds: UInt64 = 5_000_000_000

    /// Whether the next call may run on its caller's thread.
    final func isQuick() -> Bool {
        let word = paceWord.load(ordering: .relaxed)
        if word == 0 { return true }
        var pace = Pace(word: word)
        defer { paceWord.store(pace.word, ordering: .relaxed) }
        return pace.admits()
    }

    /// The time, if a turn that begins on another's thread is to be measured: now and then, and while it has been slow; else 0.
    @inline(__always) final func paceClock(on worker: UnsafeMutablePointer<Worker>) -> UInt64 {
        let isTimed = worker.pointee.inlineTurns % InlineBudget.step == 0 || paceWord.load(ordering: .relaxed) != 0
        return isTimed ? otp_now_ns() : 0
    }

    /// A call that ran on its caller's thread has taken so long.
    final func notePace(_ nanoseconds: UInt64) {
        var pace = Pace(word: paceWord.load(ordering: .relaxed))
        pace.note(nanoseconds)
        paceWord.store(pace.word, ordering: .relaxed)
    }

    /// The time of a caller was over while his call was handled on his thread.
    final func noteLate() { notePace(.max) }

    /// Whom the process is tied to; nil if to nobody. Setting it frees nothing that somebody else holds.
    final var relations: Relations? {
        get { relationsRef?.takeUnretainedValue() }
        set { replaceTies(by: newValue.map { UInt(bitPattern: Unmanaged.passRetained($0).toOpaque()) } ?? 0) }
    }

    /// The relations without counting a reference. With the lock held, which keeps them where they are.
    @inline(__always) final func withRelations<R>(_ body: (Relations) -> R) -> R? {
        relationsRef?._withUnsafeGuaranteedRef(body)
    }

    /// The same, made when first needed.
    @inline(__always) final func withTies<R>(_ body: (Relations) -> R) -> R {
        if tiesWord.load(ordering: .relaxed) == 0 {
            relations = Relations(home: Worker.home(among: schedulerRef))
            if has(Control.bare) { clear(Control.bare) }
        }
        return relationsRef.unsafelyUnwrapped._withUnsafeGuaranteedRef(body)
    }

    /// Whether there is nothing that its end would have to be told to, nor a call that waits for it. With the lock held.
    final var isBare: Bool { tiesWord.load(ordering: .relaxed) == 0 && !mayHaveDebts }

    deinit {
        replaceTies(by: 0)
        freeDebts()
    }

    /// - Parameter pid: Nil: that of a process which may be started again.
    @usableFromInline init(
        node: Unmanaged<Node>, stride: Int, origin: Unmanaged<Origin>?, limits: MailboxLimits?, pid: PID?,
        slice: @escaping SliceBody
    ) {
        sliceBody = slice
        nodeRef = node
        schedulerRef = node._withUnsafeGuaranteedRef { $0.schedulerRef }
        home = Worker.home(on: schedulerRef)
        self.pid = pid ?? node._withUnsafeGuaranteedRef { $0.nextPID() }
        mailbox = Mailbox(stride: stride, isIdle: false)
        self.origin = origin?.takeUnretainedValue()
        self.limits = limits
        startedAt = schedulerRef._withUnsafeGuaranteedRef { $0.timersRef }._withUnsafeGuaranteedRef {
            $0.roughlyNow ?? $0.now
        }
    }

    // MARK: what runs it

    @usableFromInline final var node: Node { nodeRef.takeUnretainedValue() }

    /// Makes the process run, which was idle.
    @usableFromInline final func wake() { schedulerRef._withUnsafeGuaranteedRef { $0.schedule(self) } }

    /// The same by a process that is about to suspend in `runner`, as the next thing that it does.
    final func wakeNext(after runner: Unmanaged<Runner>) {
        schedulerRef._withUnsafeGuaranteedRef { $0.scheduleNext(self, after: runner) }
    }

    /// Now, by the clock of its node.
    final var clock: UInt64 { schedulerRef._withUnsafeGuaranteedRef { $0.clock } }

    /// How long the process has existed.
    final func age(at now: UInt64) -> Duration { Deadline.duration(now > startedAt ? now - startedAt : 0) }

    /// Runs the process until it is idle, has used up its budget or has ended; then perhaps others of the same class. Takes over
    /// the reference, and gives back that of the last one. Inherits the isolation of the runner's loop, none, so that nothing
    /// has to be switched on the way in or out.
    @usableFromInline typealias SliceBody =
        nonisolated(nonsending) @Sendable (_ held: Unmanaged<ProcessCell>, Runner) async -> SliceOutcome
    final let sliceBody: SliceBody
    /// The job of a plain process's body that waits in `receive`; being scheduled then means to run it. 0: none.
    private final let waiting = Atomic<UInt>(0)

    /// The body has suspended: it goes on when something comes, at once if something has.
    final func waits(_ item: RunItem) {
        waiting.store(item.bits, ordering: .relaxed)
        if mailbox.goIdle() { return }
        waiting.store(0, ordering: .relaxed)
        schedulerRef._withUnsafeGuaranteedRef { $0.enqueue(item) }
    }

    /// The job by which a waiting body goes on.
    final func takeWaiting() -> RunItem? {
        let bits = waiting.load(ordering: .relaxed)
        if bits == 0 { return nil }
        waiting.store(0, ordering: .relaxed)
        return RunItem(bits: bits)
    }

    /// What is counted while the process is observed: made once, before the control bit is set.
    @exclusivity(unchecked) final var traffic: Traffic?
    /// What watches the process: made once, before the control bit is set.
    @exclusivity(unchecked) final var board: DebugBoard?
    /// Notices taken from the mailbox that the process's own code never saw.
    @exclusivity(unchecked) final var unseenCount: UInt64 = 0

    // MARK: what subclasses say

    /// The process's type, printed: the server's or the closure's.
    var kindName: String { "process" }

    /// What messages it takes: the type of the behaviour, of which exactly the cell is a `BehaviorCell`.
    var behavior: ObjectIdentifier { ObjectIdentifier(Never.self) }

    /// On whose behalf it works, if it is a task.
    var callers: CallerChain? { nil }

    /// What waits to be handled, printed, oldest first. Only for whoever runs the process or holds it.
    func renderWaiting(atMost limit: Int) -> [String] { [] }

    /// The state as it may be shown; nil if there is none to show.
    var renderedState: String? { nil }

    /// An event as it may be shown.
    func redacted(_ event: SystemEvent) -> SystemEvent { event }

    /// How often buffers have been given back.
    var hibernationCount: Int { 0 }

    /// Takes back all that has been set aside of a monitor. Only for whoever runs the process.
    func takeBackAll(of monitor: MonitorRef) {}

    /// Where the state is, if it is of this type. Only for whoever runs the process.
    func place<State>(of type: State.Type) -> UnsafeMutablePointer<State>? { nil }

    /// The type of the state; nil if there is none.
    var stateType: Any.Type? { nil }

    /// Asks the process to end in its own order, as whoever it obeys would.
    func askToEnd(_ reason: ExitReason) { receiveExit(from: pid, reason: reason) }

    /// Whether it can be ended on the thread of whoever stops it, when it is idle.
    var endsInline: Bool { false }

    /// Ends the process, which the calling thread holds and which needs no turn for it. Returns why it has ended.
    func endInline(_ reason: ExitReason) -> ExitReason { reason }

    /// The same, but what the process has is not freed yet.
    func endHeld(_ reason: ExitReason) -> ExitReason { reason }

    /// Notes what is asked of a context without a process.
    func note(_ effect: ContextEffect) {}

    /// Whether there is no process: then it is noted what was asked for.
    @usableFromInline final func notes(_ effect: @autoclosure () -> ContextEffect) -> Bool {
        if !has(Control.recorded) { return false }
        note(effect())
        return true
    }

    /// Whether its `init` is through, or it has ended.
    var hasBegun: Bool { true }

    /// Whether something of a user's may still be held by what is left of the process when it is released.
    var keepsOthersThings: Bool { false }

    /// A turn of a process that is dead or never suspends: without a slice, for an asynchronous function costs a frame of the
    /// task and changes of executors. Nil, and nothing has happened: it takes a slice.
    func plainTurn() -> SliceEnd? { nil }

    /// Whether to ask for such a turn.
    final var mayTurnPlainly: Bool {
        control.load(ordering: .acquiring) & (Control.dead | Control.plain) != 0
    }

    /// Frees what a process has that is dead and that the calling thread holds.
    @usableFromInline func releaseInline() {}

    /// How many messages the process's own code has been given, those included that are set aside by it.
    final var seenCount: UInt64 { mailbox.consumed.load(ordering: .relaxed) &- unseenCount }

    /// How many messages wait: in the mailbox, and set aside. From any thread; what is moved at this moment may be missed.
    final var waitingCount: Int { mailbox.count + setAside }
    final var setAside: Int { Int(setAsideCount.load(ordering: .relaxed)) }

    /// The lower half of the place that the message which has waited longest has in the mailbox, or had there before it was
    /// set aside.
    final var oldest: UInt32 {
        if setAside == 0 { return UInt32(truncatingIfNeeded: mailbox.consumed.load(ordering: .relaxed)) }
        return setAsidePlace.load(ordering: .relaxed)
    }

    /// Where the message stood in the mailbox that was taken out of it last.
    final var lastPlace: UInt64 { mailbox.consumed.load(ordering: .relaxed) &- 1 }

    func noteSetAside(_ count: Int, from firstPlace: UInt64?) {
        setAsideCount.store(UInt32(clamping: count), ordering: .relaxed)
        if let firstPlace { setAsidePlace.store(UInt32(truncatingIfNeeded: firstPlace), ordering: .relaxed) }
    }

    // MARK: control

    @usableFromInline final func has(_ bit: UInt32) -> Bool {
        control.load(ordering: .sequentiallyConsistent) & bit != 0
    }
    final func set(_ bit: UInt32) { control.bitwiseOr(bit, ordering: .sequentiallyConsistent) }
    /// Whether exit signals become messages from now on. Returns whether they did before.
    final func trap(_ isOn: Bool) -> Bool {
        let didBefore = has(Control.trapping)
        if isOn { set(Control.trapping) } else { clear(Control.trapping) }
        return didBefore
    }
    final func clear(_ bit: UInt32) { control.bitwiseAnd(~bit, ordering: .acquiringAndReleasing) }

    final var isAlive: Bool { !has(Control.dead) }
    final var isEnding: Bool { has(Control.ending | Control.exitPending | Control.dead) }

    /// Why it ended; nil while it lives.
    final var finalReason: ExitReason? {
        guard has(Control.dead) else { return nil }
        return guarding.withLock { exitReason }
    }

    // MARK: sending

    /// Puts a notice of the kernel into the mailbox, behind everything the sender has sent before.
    final func push(_ message: SystemMessage) { if enqueue(message) { wake() } }

    /// The same without letting it run; whether it was idle.
    final func enqueue(_ message: SystemMessage) -> Bool {
        let claim = mailbox.claim()
        let payload = claim.slot + 8
        payload.initializeMemory(as: Unmanaged<SystemMessage>.self, to: Unmanaged.passRetained(message))
        return mailbox.publish(claim, tag: MessageTag.system)
    }

    /// Lets the process look at its control word.
    final func nudge() {
        if mailbox.claimIdle() { wake() } else { push(SystemMessage.nudge) }
    }
}

/// A notice of the kernel in a mailbox.
// @unchecked because a notice is written before it is pushed and read by the receiver alone.
@usableFromInline class SystemMessage: @unchecked Sendable {
    /// Nothing but a reason to look at the control word.
    static let nudge = SystemMessage()

    /// The monitor that it is told of, if any: with that it can be taken back.
    var monitor: MonitorRef? { nil }

    /// Whether what it comes from has been taken back since, so that nothing is to be seen of it.
    var isVoid: Bool { false }
}

/// The process `pid` has ended: to whoever monitors it.
// @unchecked as its superclass.
final class DownSignal: SystemMessage, @unchecked Sendable {
    let message: DownMessage
    /// The one that was put down before it, while it waits to be delivered; 0: none was.
    @exclusivity(unchecked) var next: UInt = 0
    /// It has been delivered, or leads to nothing any more.
    let isThrough = Atomic<Bool>(false)
    init(_ message: DownMessage) { self.message = message }
    override var monitor: MonitorRef? { message.monitor }
}

/// An exit signal to a process that traps.
// @unchecked as its superclass.
final class ExitNotice: SystemMessage, @unchecked Sendable {
    let message: ExitMessage
    init(_ message: ExitMessage) { self.message = message }
}

/// Becomes a message of the receiver's own type when it is taken from the mailbox: a tick, an outcome.
// @unchecked as its superclass.
class LazyInfo<Info>: SystemMessage, @unchecked Sendable {
    /// Nil: there is nothing to handle any more.
    let make: () -> Info?
    init(_ make: @escaping () -> Info?) { self.make = make }
}

/// The same of a message that is known before, and may be shown.
// @unchecked as its superclass.
class ShownInfo<Info: Sendable>: LazyInfo<Info>, @unchecked Sendable {
    let info: Info
    init(_ info: Info, _ make: @escaping () -> Info?) {
        self.info = info
        super.init(make)
    }
}

/// Something a behaviour's loop does in its own process: the request of a system call, a task's outcome.
// @unchecked as its superclass.
final class Errand: SystemMessage, @unchecked Sendable {
    let run: @Sendable (ProcessCell) -> Void
    init(_ run: @escaping @Sendable (ProcessCell) -> Void) { self.run = run }
}

/// A request to end with a reason after `terminate`. Erlang: `sys:terminate/2`.
// @unchecked as its superclass.
final class StopRequest: SystemMessage, @unchecked Sendable {
    let reason: ExitReason
    init(reason: ExitReason) { self.reason = reason }
}
