internal import Synchronization

/// What a timer leads to. Plain memory, so that a wheel can keep it as it is: who takes it out releases what it holds.
enum TimerTarget: BitwiseCopyable {
    /// A call's deadline. Slots of calls are never freed.
    case call(UnsafeMutablePointer<CallSlot.Body>)
    /// Retained.
    case alarm(Unmanaged<Alarm>)
    /// Retained.
    case timer(Unmanaged<ProcessTimer>)
    /// A message that is nothing but sixteen bytes at most. Not retained: the end of a process takes its timers out.
    case message(Unmanaged<ProcessCell>, UInt64, UInt64)
    /// A task that sleeps, while ours is the process-wide executor. Nothing takes it out before its time: who has been cancelled
    /// goes on by himself, and is not minded by what comes then.
    case job(RunItem)
    /// Any other message, retained; the process is not, as above.
    case kept(Unmanaged<ProcessCell>, Unmanaged<KeptMessage>)

    /// Whose timer it is: the process with whose end it ends.
    var owner: Unmanaged<ProcessCell>? {
        switch self {
        case .message(let cell, _, _), .kept(let cell, _): cell
        case .timer(let timer): timer._withUnsafeGuaranteedRef { $0.owner }
        case .call, .alarm, .job: nil
        }
    }

    /// Lets go of what it holds. Never with a lock held: this may free what is the user's.
    func release() {
        switch self {
        case .call, .message: break
        case .job: assertionFailure("a task that sleeps has been taken out, and will never go on")
        case .alarm(let alarm): alarm.release()
        case .timer(let timer): timer.release()
        case .kept(_, let message): message.release()
        }
    }
}

/// A message that waits for its time and is more than a few plain bytes.
// @unchecked because it never changes.
@usableFromInline class KeptMessage: @unchecked Sendable {
    @usableFromInline init() {}
    @usableFromInline func post(to cell: ProcessCell) {}
}

// @unchecked as its superclass.
@usableFromInline final class KeptInfo<Info: Sendable>: KeptMessage, @unchecked Sendable {
    @usableFromInline let info: Info

    @inlinable init(_ info: Info) { self.info = info }

    @usableFromInline override func post(to cell: ProcessCell) { cell.post(info, tag: MessageTag.info) }
}

extension ProcessCell {
    /// So long from now, by the clock of its node.
    @usableFromInline final func deadline(after delay: Duration) -> UInt64 { Deadline.after(delay, from: clock) }

    /// Sends itself an info that is nothing but these bytes, at its time.
    @usableFromInline final func sendPlain(_ first: UInt64, _ second: UInt64, at deadline: UInt64) -> TimerRef {
        timersRef._withUnsafeGuaranteedRef {
            $0.start(.message(.passUnretained(self), first, second), of: self, at: deadline)
        }
    }

    /// Sends itself a message at its time.
    @usableFromInline final func send(_ message: KeptMessage, at deadline: UInt64) -> TimerRef {
        timersRef._withUnsafeGuaranteedRef {
            $0.start(.kept(.passUnretained(self), .passRetained(message)), of: self, at: deadline)
        }
    }

    private final var timersRef: Unmanaged<TimerService> { schedulerRef._withUnsafeGuaranteedRef { $0.timersRef } }

    /// Sends an info that is nothing but these bytes, as `post` does.
    final func postPlain(_ first: UInt64, _ second: UInt64) {
        if control.load(ordering: .relaxed) & Control.dead != 0 { return }
        if isLimited, !admits(cost: 1) { return }
        let claim = mailbox.claim()
        (claim.slot + 8).storeBytes(of: first, as: UInt64.self)
        if mailbox.stride > 16 { (claim.slot + 16).storeBytes(of: second, as: UInt64.self) }
        if mailbox.publish(claim, tag: MessageTag.info) { wake() }
    }
}
