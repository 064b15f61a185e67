/// Lets a process that knows nothing of supervision stand in a tree. Erlang: `supervisor_bridge`.
///
/// ```swift
/// SupervisorBridge.child("legacy") {
///     try await SupervisorBridge($0) { try await Legacy.start().pid } terminate: { reason in await Legacy.stop() }
/// }
/// ```
///
/// The bridge starts the process and links itself to it. When the process ends, the bridge runs `terminate` and ends
/// with the same reason, which is for its supervisor to deal with; when the bridge is to end, it runs `terminate`,
/// whose business it is to end the process.
public struct SupervisorBridge: GenServer {
    /// What a bridge is told.
    public enum Info: Sendable {
        /// A linked process has ended.
        case ended(ExitMessage)
    }

    /// The process that it stands for.
    public let process: PID
    private let terminate: @Sendable (ExitReason) async throws -> Void

    /// Starts the process; what `start` throws fails the start, and `StartSignal.ignore` is for both.
    ///
    /// - Parameters:
    ///   - me: The bridge.
    ///   - start: Starts what is to be supervised; runs inside the bridge.
    ///   - terminate: Runs before the bridge ends, with the reason.
    public init(
        _ me: Me, start: () async throws -> PID,
        terminate: @escaping @Sendable (ExitReason) async throws -> Void = { _ in }
    ) async throws {
        me.trapExits { .ended($0) }
        self.terminate = terminate
        process = try await start()
        try me.link(to: process)
        if me.node.reportsProgress { report(.started, me) }
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        guard case .ended(let message) = info, message.pid == process else { return .receive }
        if !message.reason.isExpected { report(.childTerminated(message.reason), me) }
        return .stop(message.reason)
    }

    private func report(_ event: SupervisorReport.Event, _ me: Me) {
        me.node.report(
            .other(
                SupervisorReport(
                    supervisor: "bridge", pid: me.pid, event: event, child: ChildID(process), childPID: process,
                    restart: .temporary, shutdown: .infinity, kind: .worker, hadToBeKilled: false)))
    }

    public mutating func terminate(reason: ExitReason, _ me: Me) async throws { try await terminate(reason) }
}
