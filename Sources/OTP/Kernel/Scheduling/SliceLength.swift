internal import COTPRuntime

/// How long a process goes on with its messages while others wait for the worker.
///
/// A few messages always, and as many as fit into a fraction of a millisecond: a server whose messages are handled in no time
/// would otherwise never come to the end of what very many senders keep filling, and its callers never find it idle.
@usableFromInline struct SliceLength {
    /// After so many messages the clock is looked at.
    @usableFromInline static var step: Int { 64 }
    /// Nanoseconds after which others get their turn.
    static var longest: UInt64 { 200_000 }

    /// When the clock was looked at for the first time; nil: not yet.
    private var since: UInt64?

    @inlinable init() { self.init(since: nil) }
    @usableFromInline init(since: UInt64?) { self.since = since }

    /// Whether the process may take another `step` of messages. `now` is nil under a seed: a run is to be the same each time,
    /// so that it may do so once, whatever the clock says.
    mutating func goesOn(now: UInt64?) -> Bool {
        guard let since else {
            since = now ?? 0
            return true
        }
        guard let now else { return false }
        return now &- since < Self.longest
    }

    @usableFromInline mutating func goesOn(_ cell: ProcessCell) -> Bool {
        goesOn(now: cell.schedulerRef._withUnsafeGuaranteedRef { $0.isSeeded } ? nil : otp_now_ns())
    }
}
