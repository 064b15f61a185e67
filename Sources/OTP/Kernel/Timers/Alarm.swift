/// A timer that is set again and again by the process it belongs to, and hardly ever comes: that of a machine's timeout.
///
/// Setting it to a later time, and cancelling it, touch the alarm alone: its entry in the queue stays where it is, and when
/// that comes up, the alarm sees whether its own time has come, goes on to that, or is left be. Alarms come in the order in
/// which they were set, as if each had been taken out of the queue and put in anew.
// @unchecked because everything that changes is reached under its lock.
final class Alarm: ProcessResource, @unchecked Sendable {
    private let guarding = SpinLock()
    private let serviceRef: Unmanaged<TimerService>
    private var service: TimerService { serviceRef.takeUnretainedValue() }
    /// Whom it wakes; nil when that has ended.
    private var owner: ProcessCell?
    /// What the owner calls it this time; 0: it is not set.
    private var number: UInt64 = 0
    private var deadline: UInt64 = 0
    private var order: UInt64 = 0
    /// When its entry among the timers comes up; `max`: it has none.
    private var queuedAt = UInt64.max
    /// Which entry that is: any other one is void.
    private var queuedOrder: UInt64 = 0
    private var queuedIndex: UInt32 = 0

    init(owner: ProcessCell, service: TimerService) {
        self.owner = owner
        serviceRef = .passUnretained(service)
    }

    /// Sets it, in place of whatever it was set to.
    func set(_ number: UInt64, at deadline: UInt64) {
        let order = serviceRef._withUnsafeGuaranteedRef { $0.nextOrder() }
        let isQueuedAnew = guarding.withLock {
            self.number = number
            self.deadline = deadline
            self.order = order
            if queuedAt <= deadline || owner == nil { return false }
            withdraw()
            queue()
            return true
        }
        if isQueuedAnew { service.wake(for: deadline) }
    }

    /// Enters it among the timers, with its own lock held: the service never asks for that while it has its own.
    private func queue() {
        queuedAt = deadline
        queuedOrder = order
        queuedIndex = service.insert(self, at: deadline, order: order)
    }

    /// Takes its entry out again, if it has one that has not come up.
    private func withdraw() {
        if queuedAt != .max { _ = service.withdraw(queuedIndex, order: queuedOrder) }
        queuedAt = .max
    }

    /// It does not come, unless it is coming at this moment: its owner knows by the number.
    func cancel() { guarding.withLock { number = 0 } }

    /// Its owner is dead, though its code may still run.
    func release(_ pid: PID, reason: ExitReason) { void() }

    /// Its owner has ended.
    func void() {
        let freed = guarding.withLock { () -> ProcessCell? in
            defer { owner = nil }
            number = 0
            withdraw()
            return owner
        }
        _ = freed
    }

    /// An entry of it has come up.
    func cameUp(_ order: UInt64) {
        enum Come { case nothing, later(UInt64), now(ProcessCell, UInt64) }
        let come = guarding.withLock { () -> Come in
            guard order == queuedOrder, queuedAt != .max else { return .nothing }
            queuedAt = .max
            guard number != 0, let owner else { return .nothing }
            if self.order != order {
                queue()
                return .later(deadline)
            }
            defer { number = 0 }
            return .now(owner, number)
        }
        switch come {
        case .nothing: break
        case .later(let deadline): service.wake(for: deadline)
        case .now(let owner, let number): owner.push(AlarmNotice(number))
        }
    }
}

/// An alarm has come.
// @unchecked as its superclass.
@usableFromInline final class AlarmNotice: SystemMessage, @unchecked Sendable {
    @usableFromInline let number: UInt64
    init(_ number: UInt64) { self.number = number }
}

/// The alarms of one process: as many as were ever set at the same time, each used again.
struct Alarms {
    private var all: [(number: UInt64, alarm: Alarm)] = []
    /// The last delay and what it is in nanoseconds: most owners have but one.
    private var delay = Duration.zero
    private var nanoseconds: UInt64 = 0

    /// The time after a delay.
    mutating func deadline(after delay: Duration, _ owner: ProcessCell) -> UInt64 {
        if delay != self.delay {
            self.delay = delay
            nanoseconds = Deadline.nanoseconds(delay)
        }
        return Deadline.after(nanoseconds, from: owner.schedulerRef._withUnsafeGuaranteedRef { $0.clock })
    }

    /// - Parameter old: One that is cancelled at the same time: the same alarm, which is touched once. 0: none.
    mutating func set(_ number: UInt64, at deadline: UInt64, insteadOf old: UInt64, _ owner: ProcessCell) {
        if let place = index(of: old) ?? index(of: 0) {
            all[place].number = number
            Unmanaged.passUnretained(all[place].alarm)._withUnsafeGuaranteedRef { $0.set(number, at: deadline) }
        } else {
            let alarm = Alarm(owner: owner, service: owner.node.scheduler.timers)
            all.append((number, alarm))
            alarm.set(number, at: deadline)
            if !owner.own(alarm) { alarm.void() }
        }
    }

    mutating func cancel(_ number: UInt64) {
        guard let place = index(of: number) else { return }
        all[place].number = 0
        Unmanaged.passUnretained(all[place].alarm)._withUnsafeGuaranteedRef { $0.cancel() }
    }

    /// Where the alarm of that number is; of 0: one that is free.
    private func index(of number: UInt64) -> Int? { all.indices.first { all[$0].number == number } }

    /// The alarm of that number has come.
    mutating func came(_ number: UInt64) {
        if let place = index(of: number) { all[place].number = 0 }
    }

    /// The process has ended.
    mutating func void() {
        for (_, alarm) in all { alarm.void() }
        all = []
    }
}
