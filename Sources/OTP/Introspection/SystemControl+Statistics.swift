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
    /// Begins to count the messages of a process; if they are counted already, that goes on. Erlang: `sys:statistics(Name, true)`.
    ///
    /// A synchronous server is not run on the threads of its callers meanwhile.
    public nonisolated(nonsending) static func startStatistics(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(process, "start of statistics", timeout: timeout) { cell in
            cell.beginCounting()
        }
    }

    /// Counts no longer. Erlang: `sys:statistics(Name, false)`.
    public nonisolated(nonsending) static func stopStatistics(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(process, "end of statistics", timeout: timeout) { $0.clear(ProcessCell.Control.observed) }
    }

    /// What has been counted; nil if counting is off. Erlang: `sys:statistics(Name, get)`, `no_statistics`.
    public nonisolated(nonsending) static func statistics(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws -> ProcessStatistics? {
        try await request(process, "statistics", timeout: timeout) { statistics(in: $0) }
    }

    /// Of the process in which the caller runs.
    static func statistics(in cell: ProcessCell) -> ProcessStatistics? {
        guard cell.has(ProcessCell.Control.observed), let traffic = cell.traffic else { return nil }
        let (begun, seen) = traffic.beginning
        let now = cell.clock
        return ProcessStatistics(
            begun: Deadline.duration(begun), elapsed: Deadline.duration(now &- begun),
            received: Int(clamping: cell.handledCount &- seen), sent: traffic.sentCount)
    }
}
