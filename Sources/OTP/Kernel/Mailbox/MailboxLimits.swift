internal import COTPRuntime
internal import Synchronization

/// A bound for the user messages in a mailbox. Without one a mailbox is unbounded, as in Erlang.
public struct MailboxBound: Sendable {
    /// What happens to a message for which there is no room.
    public enum Overflow: Sendable {
        /// A call fails with `.overloaded` at once; a cast or info is dropped.
        case reject
        /// As `reject`, but a call is dropped like any other message: its caller sees `.noReply`.
        case dropNewest
        /// The message that has waited longest goes; a call among them fails with `.overloaded`.
        case dropOldest
    }

    /// How many user messages may wait.
    public let count: Int
    /// What happens beyond.
    public let overflow: Overflow

    /// At most `count` user messages wait; `count` below 1 counts as 1.
    public static func atMost(_ count: Int, onOverflow overflow: Overflow = .reject) -> MailboxBound {
        MailboxBound(count: max(1, count), overflow: overflow)
    }
}

/// The bound of one mailbox and how much of it is used.
@usableFromInline final class MailboxLimits: Sendable {
    let bound: MailboxBound
    let waiting = Atomic<Int>(0)
    /// How many of the oldest the receiver is to drop.
    let surplus = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)

    init(_ bound: MailboxBound) { self.bound = bound }
}

/// The bound of mailboxes that bring none of their own. Each start asks for it, so that where there is none, as nearly
/// everywhere, no lock is taken that all workers share.
final class DefaultBound: Sendable {
    private let isSet = Atomic<Bool>(false)
    private let bound = LockedBox<MailboxBound?>(nil)

    func get() -> MailboxBound? { isSet.load(ordering: .acquiring) ? bound.get() : nil }

    func set(_ new: MailboxBound?) {
        bound.withLock {
            $0 = new
            isSet.store(new != nil, ordering: .releasing)
        }
    }
}

extension ProcessCell {
    /// Takes room for one user message; false if there is none.
    @usableFromInline final func admits(cost: Int) -> Bool {
        guard let limits else { return true }
        let now = limits.waiting.add(cost, ordering: .relaxed).newValue
        if now <= limits.bound.count { return true }
        switch limits.bound.overflow {
        case .dropOldest:
            limits.surplus.add(1, ordering: .relaxed)
            return true
        case .reject, .dropNewest:
            limits.waiting.subtract(cost, ordering: .relaxed)
            limits.dropped.add(1, ordering: .relaxed)
            return false
        }
    }

    /// The receiver has a message out of those that keep their room, whichever it was: one that came beyond the bound
    /// has its room now.
    final func leaveRoom() {
        guard let limits else { return }
        limits.waiting.subtract(1, ordering: .relaxed)
        var surplus = limits.surplus.load(ordering: .relaxed)
        while surplus > 0 {
            let (done, now) = limits.surplus.compareExchange(
                expected: surplus, desired: surplus - 1, ordering: .relaxed)
            if done { return }
            surplus = now
        }
    }

    /// The receiver has taken a user message. True if it is to be dropped unhandled.
    @usableFromInline final func tookLimited() -> Bool {
        guard let limits else { return false }
        limits.waiting.subtract(1, ordering: .relaxed)
        var surplus = limits.surplus.load(ordering: .relaxed)
        while surplus > 0 {
            let (done, now) = limits.surplus.compareExchange(
                expected: surplus, desired: surplus - 1, ordering: .relaxed)
            if done {
                limits.dropped.add(1, ordering: .relaxed)
                return true
            }
            surplus = now
        }
        return false
    }
}

extension BehaviorCell {
    /// The oldest message that was set aside while the process was suspended: it has kept its room until now.
    final func takeDeferred() -> Deferred<B>.Message? {
        while isLimited, deferred.beginsWithUserMessage, tookLimited() { Overflow.drop { deferred.remove(at: 0) } }
        return deferred.popFirst()
    }

    /// Drops the oldest messages that were set aside, as many as there is no room for.
    final func dropSurplus() {
        while let limits, limits.surplus.load(ordering: .relaxed) > 0 {
            guard let index = deferred.firstUserMessage, tookLimited() else { return }
            Overflow.drop { deferred.remove(at: index) }
        }
    }
}

/// Throws away messages for which there was no room.
@usableFromInline enum Overflow {
    /// Runs `take`, which takes a message out of its slot and frees it: the call whose reply it holds fails with
    /// `.overloaded`.
    @inline(never) @usableFromInline static func drop(_ take: () -> Void) {
        otp_set_dropping(true)
        take()
        otp_set_dropping(false)
    }

    /// Whether a reply that is freed on this thread now is one of a message for which there was no room.
    static var isDropping: Bool { otp_is_dropping() }
}
