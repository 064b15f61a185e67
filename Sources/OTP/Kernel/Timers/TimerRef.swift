/// A timer that was set; forgetting it does not cancel it, and holding on to it keeps nothing. Erlang: a timer reference.
public struct TimerRef: Hashable, Sendable {
    /// Never freed; nil: there is no timer.
    @usableFromInline let service: Unmanaged<TimerService>?
    /// Where the timer is, if it is that one still.
    @usableFromInline let index: UInt32
    /// Never the same for two timers.
    @usableFromInline let id: UInt64

    @usableFromInline init(_ service: TimerService, _ index: UInt32, _ id: UInt64) {
        self.service = .passUnretained(service)
        self.index = index
        self.id = id
    }

    private init() {
        service = nil
        index = 0
        id = 0
    }

    /// No timer: it cannot be cancelled and has no time left.
    @usableFromInline static var none: TimerRef { TimerRef() }

    /// Promises that nothing is delivered from now on. One exception: a message to a name in a registry of one's own
    /// (``NameRegistry``), or to an address of a type of one's own, whose process is being looked up at this moment.
    ///
    /// - Returns: The time that was left, or nil if it had been delivered or cancelled before (Erlang's `false`).
    /// Erlang: `erlang:cancel_timer/1`, `timer:cancel/1`.
    @inlinable @discardableResult public func cancel() -> Duration? {
        // Who does not look at the time that was left does not read the clock.
        service?._withUnsafeGuaranteedRef { service in
            service.cancel(index, id).map { service.timeLeft(until: $0) }
        }
    }

    /// The time left, nil when it has fired or was cancelled; of an interval that until its next tick, never nil before it is
    /// cancelled or its process has ended. Erlang: `erlang:read_timer/1`.
    public var remaining: Duration? {
        service?._withUnsafeGuaranteedRef { service in
            service.deadline(index, id).map { service.timeLeft(until: $0) }
        }
    }

    public static func == (a: TimerRef, b: TimerRef) -> Bool {
        a.id == b.id && a.service?.toOpaque() == b.service?.toOpaque()
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// How an interval is kept.
public enum IntervalMode: Sendable {
    /// At multiples of the interval, counted from the start; ticks that were missed are left out.
    case rate
    /// One interval after the last message was taken from the mailbox.
    case delay
}
