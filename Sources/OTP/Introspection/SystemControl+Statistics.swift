/// What was counted of a process since counting began. Erlang: what `sys:statistics(Name, get)` returns.
public struct ProcessStatistics: Sendable, Hashable {
    /// When counting began, by the clock of the node.
    public let begun: Duration
    /// How long ago that is.
    public let elapsed: Duration
    /// Messages that the process has been given: calls, casts and infos. Erlang: `messages_in`.
    public let received: Int
    /// Replies that have gone out, and what a plain process reports by `noteSent`. Erlang: `messages_out`.
    public let sent: Int
}

extension SystemControl {
    /// Begins to count the messages of a process, anew if it was counting. Erlang: `sys:statistics(Name, true)`.
    ///
    /// A synchronous server is not run on the threads of its callers meanwhile.
    public nonisolated(nonsending) static func startStatistics<A: ServerAddress>(
        of server: A, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(server, "start of statistics", timeout: timeout) { cell in
            // Made once: whoever replies from elsewhere reads the reference while the bit is set.
            if cell.traffic == nil { cell.traffic = Traffic() }
            cell.traffic?.begin(at: cell.node.scheduler.timers.now, seen: handled(by: cell))
            cell.set(ProcessCell.Control.observed)
        }
    }

    /// Counts no longer. Erlang: `sys:statistics(Name, false)`.
    public nonisolated(nonsending) static func stopStatistics<A: ServerAddress>(
        of server: A, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(server, "end of statistics", timeout: timeout) { $0.clear(ProcessCell.Control.observed) }
    }

    /// What has been counted; nil if counting is off. Erlang: `sys:statistics(Name, get)`, `no_statistics`.
    public nonisolated(nonsending) static func statistics<A: ServerAddress>(
        of server: A, timeout: Duration? = .seconds(5)
    ) async throws -> ProcessStatistics? {
        try await request(server, "statistics", timeout: timeout) { statistics(in: $0) }
    }

    /// Of the process in which the caller runs.
    static func statistics<B>(in cell: BehaviorCell<B>) -> ProcessStatistics? {
        guard cell.has(ProcessCell.Control.observed), let traffic = cell.traffic else { return nil }
        let (begun, seen) = traffic.beginning
        let now = cell.node.scheduler.timers.now
        return ProcessStatistics(
            begun: Deadline.duration(begun), elapsed: Deadline.duration(now &- begun),
            received: Int(clamping: handled(by: cell) &- seen), sent: traffic.sentCount)
    }

    /// Messages that the process has been given; not those that are set aside.
    private static func handled<B>(by cell: BehaviorCell<B>) -> UInt64 {
        cell.seenCount &- UInt64(cell.savedCount)
    }
}
