/// What a process says of itself. Erlang: what `sys:get_status/1` returns.
public struct ProcessStatus: Sendable {
    /// Whether it handles messages. Erlang: the `SysState` of `sys:get_status/1`.
    public enum RunState: Sendable, Hashable {
        /// It does.
        case running
        /// Messages wait until it is resumed.
        case suspended
    }

    /// Who.
    public let pid: PID
    /// The server type, or `process`.
    public let kind: String
    /// Its names.
    public let names: [String]
    /// The label it gave itself.
    public let label: String?
    /// Who started it; nil if that was an ordinary task.
    public let parent: PID?
    /// Whether it handles messages.
    public let runState: RunState
    /// Its state as `formatStatus` shows it; nil for a process that shows none.
    public let state: String?
    /// How many messages wait.
    public let mailboxCount: Int
    /// How often it has given its buffers back. Erlang: hibernation.
    public let hibernations: Int
    /// What has been counted; nil unless counting is on.
    public let statistics: ProcessStatistics?
    /// Its last events, oldest first; empty unless they are kept. See ``SystemControl/startLog(of:keeping:timeout:)``.
    public let log: [SystemEvent]
    /// The ids of the debug functions that are installed, oldest first.
    public let debugFunctions: [DebugID]
}

extension SystemControl {
    /// What a process says of itself. Erlang: `sys:get_status/1,2`.
    public nonisolated(nonsending) static func status(
        of process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws -> ProcessStatus {
        try await request(process, "status", timeout: timeout) { cell in
            let (holds, label) = cell.guarding.withLock { (cell.heldNames, cell.relations?.rare?.label) }
            return ProcessStatus(
                pid: cell.pid, kind: cell.kindName, names: ProcessCell.texts(of: holds), label: label,
                parent: cell.origin?.parent,
                runState: cell.has(ProcessCell.Control.suspended) ? .suspended : .running,
                state: cell.renderedState.map { Rendering.limited($0) },
                mailboxCount: cell.waitingCount, hibernations: cell.hibernationCount,
                statistics: statistics(in: cell), log: cell.keptEvents ?? [],
                debugFunctions: cell.board?.machine.installed ?? [])
        }
    }
}
