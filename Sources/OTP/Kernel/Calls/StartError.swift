/// Thrown by a server's `init` closure. Erlang: what `init/1` returns.
public enum StartSignal: Error, Sendable {
    /// Do not start, and do not count that as a failure. Erlang: `ignore`.
    case ignore
}

/// Why a process did not start. Erlang: `{error, Reason}` of `start_link`.
public struct StartError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// The name is taken. Erlang: `{already_started, Pid}`.
        case alreadyStarted(PID)
        /// `init` was not done in time; the half-started process has been killed. Erlang: `timeout`.
        case timeout
        /// `init` threw, or the process was ended meanwhile.
        case failed(ExitReason)
        /// `init` threw ``StartSignal/ignore``. Erlang: `ignore`, which is no error there.
        case ignored
        /// `init` waits for somebody who waits for it; the cycle.
        case cycle([PID])
        /// The name is not one under which a process can be started.
        case badName(String)
        /// The starting process has been killed.
        case killed
        /// Whoever starts it was cancelled, or asked to end, meanwhile; the half-started process has been killed.
        case cancelled
    }

    /// What went wrong.
    public let code: Code
    /// What was to be started.
    public let what: String
    /// Of a process that was to be monitored from its start by `spawnStartMonitor`, and began: the monitor, whose notice comes
    /// all the same. Erlang: `Mon` in the `{{error, Reason}, Mon}` of `proc_lib:start_monitor`.
    public internal(set) var monitor: MonitorRef?

    /// For tests.
    public init(_ code: Code, what: String = "") {
        self.code = code
        self.what = what
    }

    /// The error that `init` threw.
    public var underlying: (any Error)? {
        if case .failed(.error(let error)) = code { error } else { nil }
    }

    public var description: String {
        switch code {
        case .alreadyStarted(let pid): "\(what) was not started: its name is taken by \(pid)"
        case .timeout: "\(what) was not started in time"
        case .failed(let reason): "\(what) was not started: \(reason)"
        case .ignored: "\(what) chose not to start"
        case .cycle(let pids):
            "\(what) was not started: its init waits for whom waits for it, "
                + pids.map(\.description).joined(separator: " → ")
        case .badName(let text): "\(what) was not started: \(text)"
        case .killed: "\(what) was not started: the starting process has been killed"
        case .cancelled: "\(what) was not started: whoever starts it has been cancelled or asked to end"
        }
    }
}
