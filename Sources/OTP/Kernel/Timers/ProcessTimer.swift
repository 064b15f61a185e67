internal import Synchronization

/// A timer that does more than to send one message: it runs something, or comes again at an interval, until it is
/// cancelled or its owner is gone.
// @unchecked because `index` and `id` are written once, before anybody else knows of the timer.
@usableFromInline final class ProcessTimer: @unchecked Sendable {
    enum Repeat: Sendable {
        case once
        /// The next deadline is a multiple of the period; missed ones are skipped.
        case rate(UInt64)
        /// The next deadline is one period after the message was taken.
        case delay(UInt64)

        var isOnce: Bool { if case .once = self { true } else { false } }
    }

    unowned(unsafe) let service: TimerService
    /// The process with whose end it ends, and which takes it out then; nil for one that goes to a name.
    let owner: Unmanaged<ProcessCell>?
    let repetition: Repeat
    let deliver: @Sendable (ProcessTimer) -> Void
    let firstDeadline: UInt64
    /// Its number in the wheel, the same as long as it exists, and its first order there, by which it is known.
    var index: UInt32 = 0
    var id: UInt64 = 0
    /// It has been cancelled or has come for the last time. Set with the service's lock held.
    let isOver = Atomic<Bool>(false)
    /// A tick waits to be taken.
    let isOutstanding = Atomic<Bool>(false)

    init(
        service: TimerService, owner: ProcessCell?, deadline: UInt64, repetition: Repeat,
        deliver: @escaping @Sendable (ProcessTimer) -> Void
    ) {
        self.service = service
        self.owner = owner.map(Unmanaged.passUnretained)
        firstDeadline = deadline
        self.repetition = repetition
        self.deliver = deliver
    }

    /// Sets the timer going. There is none if the process it belongs to has ended.
    @discardableResult func start() -> TimerRef { service.start(self, at: firstDeadline) }

    var isPending: Bool { !isOver.load(ordering: .acquiring) }

    /// A tick whose predecessor still waits in the mailbox is left out: ticks never pile up.
    func tick() {
        if !isOutstanding.exchange(true, ordering: .acquiringAndReleasing) { deliver(self) }
    }

    /// The tick was taken from the mailbox. False: the timer has been cancelled meanwhile.
    func taken() -> Bool {
        isOutstanding.store(false, ordering: .releasing)
        guard case .delay(let period) = repetition else { return isPending }
        return service.reset(self, at: Deadline.after(period, from: service.now))
    }

    /// What the tick had begun is over, and the next one comes then, unless the timer has been cancelled meanwhile.
    func taken(nextAt deadline: UInt64) {
        isOutstanding.store(false, ordering: .releasing)
        _ = service.reset(self, at: deadline)
    }
}
