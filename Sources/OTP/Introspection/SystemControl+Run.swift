extension SystemControl {
    /// Lets the process handle no more messages until `resume`; they wait. Suspending twice is suspending once.
    /// Erlang: `sys:suspend/1,2`.
    ///
    /// Exits from its parent, kill and stop act meanwhile; timers that come due are delivered after `resume`.
    public nonisolated(nonsending) static func suspend(
        _ process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(process, "suspension", timeout: timeout) { $0.set(ProcessCell.Control.suspended) }
    }

    /// Lets the process go on. Resuming one that is not suspended does nothing. Erlang: `sys:resume/1,2`.
    public nonisolated(nonsending) static func resume(
        _ process: some SystemAddress, timeout: Duration? = .seconds(5)
    ) async throws {
        try await request(process, "resumption", timeout: timeout) { $0.clear(ProcessCell.Control.suspended) }
    }

    /// Asks the process to end, also while it is suspended; its `terminate` runs. Returns when the process has taken
    /// the request. Erlang: `sys:terminate/2,3`.
    public nonisolated(nonsending) static func terminate(
        _ process: some SystemAddress, reason: ExitReason = .normal, timeout: Duration? = .seconds(5)
    ) async throws {
        let stop = StopRequest(reason: reason)
        try await request(process, "termination", timeout: timeout, followedBy: stop) { _ in }
    }
}
