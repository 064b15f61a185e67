internal import Synchronization

/// One timer: fires once or at an interval, until it is cancelled or its destination is gone.
// @unchecked because `deliver` and the links are guarded: the first by `state`, the others by the owner's lock.
@usableFromInline final class ProcessTimer: @unchecked Sendable {
    private enum State {
        static let pending: UInt8 = 0
        static let firing: UInt8 = 1
        static let done: UInt8 = 2
        static let cancelled: UInt8 = 3
    }

    enum Repeat: Sendable {
        case once
        /// The next deadline is a multiple of the period; missed ones are skipped.
        case rate(UInt64)
        /// The next deadline is one period after the message was taken.
        case delay(UInt64)
    }

    private let state = Atomic<UInt8>(State.pending)
    private let deadline: Atomic<UInt64>
    private let repetition: Repeat
    private let isOutstanding = Atomic<Bool>(false)
    private var deliver: (@Sendable (ProcessTimer) -> Void)?
    unowned(unsafe) let service: TimerService
    /// The process whose end cancels the timer; nil for one that goes to a name.
    private(set) var owner: ProcessCell?
    private let guarding = SpinLock()

    init(
        service: TimerService, owner: ProcessCell?, deadline: UInt64, repetition: Repeat,
        deliver: @escaping @Sendable (ProcessTimer) -> Void
    ) {
        self.service = service
        self.owner = owner
        self.deadline = Atomic(deadline)
        self.repetition = repetition
        self.deliver = deliver
    }

    /// Sets the timer going. It is void at once if the process it belongs to has ended.
    func start() {
        if let owner, !owner.adopt(self) {
            void()
            return
        }
        service.add(.timer(self), at: deadline.load(ordering: .relaxed))
    }

    var isPending: Bool { state.load(ordering: .acquiring) <= State.firing }

    /// Nanoseconds until it fires; nil when it has fired or was cancelled.
    var remaining: UInt64? {
        guard state.load(ordering: .acquiring) == State.pending else { return nil }
        let at = deadline.load(ordering: .relaxed)
        let now = service.now
        return at > now ? at - now : 0
    }

    /// Nothing is delivered after this returns. Nil if it had been delivered or cancelled before, or is being delivered
    /// by the calling code.
    func cancel() -> UInt64? {
        let left = remaining
        while true {
            let (won, was) = state.compareExchange(
                expected: State.pending, desired: State.cancelled, ordering: .acquiringAndReleasing)
            if won { break }
            if was != State.firing { return nil }
            // Delivering it has led here.
            if service.isFiringHere { return nil }
            // It is being delivered on another thread at this moment: wait for that to be over.
        }
        service.noteCancelled()
        release()
        return left ?? 0
    }

    /// As `cancel`, for a process that ends: it holds the list itself.
    func void() {
        while true {
            let (won, was) = state.compareExchange(
                expected: State.pending, desired: State.cancelled, ordering: .acquiringAndReleasing)
            if won {
                service.noteCancelled()
                release()
                return
            }
            if was != State.firing || service.isFiringHere { return }
        }
    }

    func fire(now: UInt64) {
        guard
            state.compareExchange(
                expected: State.pending, desired: State.firing, ordering: .acquiringAndReleasing
            ).exchanged
        else { return }
        switch repetition {
        case .once:
            deliver?(self)
            state.store(State.done, ordering: .releasing)
            release()
        case .rate(let period):
            var next = Deadline.after(period, from: deadline.load(ordering: .relaxed))
            if next <= now { next = Deadline.after(period &- (now &- next) % period, from: now) }
            deadline.store(next, ordering: .relaxed)
            // A tick whose predecessor still waits in the mailbox is left out: ticks never pile up.
            if !isOutstanding.exchange(true, ordering: .acquiringAndReleasing) { deliver?(self) }
            state.store(State.pending, ordering: .releasing)
            service.add(.timer(self), at: next)
        case .delay:
            if !isOutstanding.exchange(true, ordering: .acquiringAndReleasing) { deliver?(self) }
            deadline.store(.max, ordering: .relaxed)
            state.store(State.pending, ordering: .releasing)
        }
    }

    /// The tick was taken from the mailbox. False: the timer has been cancelled meanwhile.
    func taken() -> Bool {
        isOutstanding.store(false, ordering: .releasing)
        guard isPending else { return false }
        if case .delay(let period) = repetition {
            let next = Deadline.after(period, from: service.now)
            deadline.store(next, ordering: .relaxed)
            service.add(.timer(self), at: next)
        }
        return true
    }

    private func release() {
        let freed = guarding.withLock { () -> ((@Sendable (ProcessTimer) -> Void)?, ProcessCell?) in
            defer {
                deliver = nil
                owner = nil
            }
            return (deliver, owner)
        }
        freed.1?.disown(self)
    }
}

/// A timer that was set; forgetting it does not cancel it. Erlang: a timer reference.
public struct TimerRef: Hashable, Sendable {
    @usableFromInline let timer: ProcessTimer?

    @usableFromInline init(_ timer: ProcessTimer?) { self.timer = timer }

    /// Promises that nothing is delivered from now on.
    ///
    /// - Returns: The time that was left, or nil if it had been delivered or cancelled before (Erlang's `false`).
    /// Erlang: `erlang:cancel_timer/1`, `timer:cancel/1`.
    @discardableResult public func cancel() -> Duration? {
        timer?.cancel().map { .nanoseconds(Int64(clamping: $0)) }
    }

    /// The time left, nil when it has fired or was cancelled. Erlang: `erlang:read_timer/1`.
    public var remaining: Duration? {
        timer?.remaining.map { .nanoseconds(Int64(clamping: $0)) }
    }

    public static func == (a: TimerRef, b: TimerRef) -> Bool { a.timer === b.timer }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(timer.map(ObjectIdentifier.init))
    }
}

/// How an interval is kept.
public enum IntervalMode: Sendable {
    /// At multiples of the interval, counted from the start; ticks that were missed are left out.
    case rate
    /// One interval after the last message was taken from the mailbox.
    case delay
}
