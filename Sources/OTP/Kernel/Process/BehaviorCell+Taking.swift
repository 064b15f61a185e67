/// What becomes of messages in a mailbox that no handler is to see, or not yet: the same in every loop.
extension BehaviorCell {
    /// Takes a message out of its slot and frees it.
    @inlinable static func discard(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) {
        switch tag {
        case MessageTag.call: _ = Boxing<B.Call>.take(from: slot)
        case MessageTag.cast: _ = Boxing<B.Cast>.take(from: slot)
        case MessageTag.info: _ = Boxing<B.Info>.take(from: slot)
        default: (slot + 8).load(as: Unmanaged<SystemMessage>.self).release()
        }
    }

    /// Whether the user message at `slot` has to go because the mailbox is full; it is gone then, and its caller told.
    @inlinable final func dropsOverflow(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) -> Bool {
        guard isLimited, tookLimited() else { return false }
        Overflow.drop { BehaviorCell.discard(tag, slot) }
        mailbox.advance(past: slot)
        return true
    }

    /// Takes a message that has come while the process is suspended, and sets it aside.
    ///
    /// - Returns: A notice that acts all the same, and is not set aside.
    @usableFromInline final func setAside(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) -> SystemMessage? {
        let message = taken(tag, slot)
        if case .notice(let notice) = message, actsWhileSuspended(notice) { return notice }
        deferred.append(message, from: lastPlace)
        if tag != MessageTag.system, isLimited { dropSurplus() }
        set(Control.hasDeferred)
        return nil
    }

    /// Takes a message out of the mailbox, of whatever kind it is.
    final func taken(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) -> Deferred<B>.Message {
        defer { mailbox.advance(past: slot) }
        switch tag {
        case MessageTag.call: return .call(Boxing<B.Call>.take(from: slot))
        case MessageTag.cast: return .cast(Boxing<B.Cast>.take(from: slot))
        case MessageTag.info: return .info(Boxing<B.Info>.take(from: slot))
        default: return .notice((slot + 8).load(as: Unmanaged<SystemMessage>.self).takeRetainedValue())
        }
    }

    /// Empties the mailbox of a dead process and rests.
    @inlinable final func drained() -> SliceEnd {
        while true {
            switch mailbox.look() {
            case .message(let tag, let slot):
                BehaviorCell.discard(tag, slot)
                mailbox.advance(past: slot)
            case .empty:
                if mailbox.goIdle() { return .idle }
            case .pending:
                return .again
            }
        }
    }
}
