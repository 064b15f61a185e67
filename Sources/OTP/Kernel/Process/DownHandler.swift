internal import COTPRuntime

/// What makes a message of the end of another process, without the type of the message: whoever keeps it need not know
/// that, each look-up of which costs some three hundred instructions.
///
/// A function is two words: where its code is, and what it has captured, an object of Swift's own or nothing. As a field of
/// a generic struct it always has the same calling convention, whoever made it. Here both words are kept as such, and
/// counted as the object they hold on to. Whoever takes it back has to name the same type: a process's messages are of one
/// type for life, and it keeps only what it has been given itself.
@usableFromInline struct DownHandler: Sendable {
    /// Never looked into: only for the counting of its references.
    @usableFromInline final class Captured: Sendable {}

    /// The function as the compiler stores it.
    @usableFromInline struct Function<Info> {
        @usableFromInline let make: @Sendable (DownMessage) -> Info
        @inlinable init(_ make: @escaping @Sendable (DownMessage) -> Info) { self.make = make }
    }

    /// The same as two words.
    // @unchecked because it stands for a function that may be sent.
    @usableFromInline struct Words: @unchecked Sendable {
        @usableFromInline let code: UInt
        @usableFromInline let captured: Captured?
    }

    @usableFromInline let words: Words
    #if DEBUG
        @usableFromInline let type: Any.Type
    #endif

    /// Inlined where the type is known, as is ``info(_:of:)``: so nobody looks it up.
    @inlinable init<Info>(_ make: @escaping @Sendable (DownMessage) -> Info) {
        words = unsafeBitCast(Function(make), to: Words.self)
        #if DEBUG
            type = Info.self
        #endif
    }

    /// What the function makes of the message.
    @inlinable func info<Info>(_ info: Info.Type, of message: DownMessage) -> Info {
        #if DEBUG
            precondition(type == info, "a handler of ends for another type of message")
        #endif
        return unsafeBitCast(words, to: Function<Info>.self).make(message)
    }
}

/// A notice of an end, taken out of the mailbox.
@usableFromInline struct TakenDown {
    @usableFromInline let message: DownMessage
    /// Nil if the monitor has been ended meanwhile, and its notice with it.
    @usableFromInline let handler: DownHandler?

    init(message: DownMessage, handler: DownHandler?) {
        self.message = message
        self.handler = handler
    }

    /// The message that it becomes; nil if it leads to nothing any more.
    @inlinable func info<Info>(_ info: Info.Type) -> Info? { handler?.info(info, of: message) }
}

extension ProcessCell {
    /// The notice that is next in the mailbox if it is one of an end, taken out; nil if it is another, which stays.
    @usableFromInline final func takeDown(_ slot: UnsafeMutableRawPointer) -> TakenDown? {
        let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self)
        guard notice._withUnsafeGuaranteedRef({ type(of: $0) == DownSignal.self }) else { return nil }
        let signal = unsafeDowncast(notice.takeRetainedValue(), to: DownSignal.self)
        mailbox.advance(past: slot)
        // Where many end at once, their notices come from the caches of other processors.
        otp_prefetch(mailbox.nextNotice)
        let handler = takeHandler(of: signal.message.monitor)
        if handler == nil { unseenCount &+= 1 }
        return TakenDown(message: signal.message, handler: handler)
    }

    /// Does what the notice that is next in the mailbox asks for, if it is one that the process's code never sees; false if it is
    /// another, which stays. The end of a wait leaves such a one behind, and all that came after it would be set aside for it.
    @usableFromInline final func takeUnseen(_ slot: UnsafeMutableRawPointer) -> Bool {
        let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self)
        let isErrand = notice._withUnsafeGuaranteedRef { type(of: $0) == Errand.self }
        guard isErrand || notice.toOpaque() == Unmanaged.passUnretained(SystemMessage.nudge).toOpaque() else {
            return false
        }
        let taken = notice.takeRetainedValue()
        mailbox.advance(past: slot)
        unseenCount &+= 1
        if isErrand { unsafeDowncast(taken, to: Errand.self).run(self) }
        return true
    }
}
