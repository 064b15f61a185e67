/// What becomes of those who wait for a worker while the code that runs there takes turns of other processes on its own
/// thread, one after another, and never comes back to the loop.
///
/// Asked each time so many of these turns have been taken, or one that began a process, for nobody knows how long that takes;
/// elsewhere such a turn counts as a message, after which others may be next.
struct InlineBudget {
    /// After so many turns the worker looks around.
    static var step: UInt32 { 16 }
    /// Who has waited so long, in nanoseconds, is worth waking another worker for. Not sooner: those who wait often want the
    /// same server, and call it on one worker at a fourth of what it costs from several.
    static var shareAfter: UInt64 { 500_000 }

    enum Verdict { case goOn, share, giveWay }

    /// When somebody was seen to wait, and in which round of the worker's loop.
    private var since: UInt64 = 0
    private var round: UInt32 = 0
    private var isWaited = false

    /// Who runs goes on while nobody waits. Another worker is woken if there is one without work; otherwise who runs gives way
    /// after the time of a slice.
    mutating func verdict(in round: UInt32, isWaited: Bool, hasIdle: Bool, now: () -> UInt64) -> Verdict {
        guard isWaited else {
            self.isWaited = false
            return .goOn
        }
        let now = now()
        guard self.isWaited, self.round == round else {
            (self.isWaited, self.round, since) = (true, round, now)
            return .goOn
        }
        let time = now &- since
        if hasIdle {
            guard time > Self.shareAfter else { return .goOn }
            since = now
            return .share
        }
        return time > SliceLength.longest ? .giveWay : .goOn
    }
}
