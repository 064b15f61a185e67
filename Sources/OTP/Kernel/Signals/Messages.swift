/// One monitor. Erlang: the reference that `erlang:monitor/2` returns.
public struct MonitorRef: Hashable, Sendable, CustomStringConvertible {
    @usableFromInline let number: UInt64

    private static let counter = LoneCounter()

    @usableFromInline init(number: UInt64) { self.number = number }

    static func make() -> MonitorRef {
        if let worker = Worker.current, worker.pointee.role == .thread {
            return MonitorRef(number: worker.pointee.monitorNumbers.next(of: counter))
        }
        return MonitorRef(number: counter.next())
    }

    /// A reference that belongs to no monitor: for tests of handlers.
    public static var probe: MonitorRef { make() }

    public var description: String { "monitor \(number)" }
}

extension MonitorRef: Comparable {
    /// For sorting: which one is less says nothing of their ages.
    public static func < (a: MonitorRef, b: MonitorRef) -> Bool { a.number < b.number }
}

/// A monitored process has ended. Erlang: `{'DOWN', Ref, process, Pid, Reason}`.
public struct DownMessage: Sendable, CustomStringConvertible {
    /// Which monitor.
    public let monitor: MonitorRef
    /// Whose end.
    public let pid: PID
    /// Why; `.noProcess` if there was no such process when it was monitored.
    public let reason: ExitReason

    /// Public for tests of handlers.
    public init(monitor: MonitorRef, pid: PID, reason: ExitReason) {
        self.monitor = monitor
        self.pid = pid
        self.reason = reason
    }

    public var description: String { "down \(pid) (\(reason))" }
}

/// An exit signal that was trapped. Erlang: `{'EXIT', Pid, Reason}`.
public struct ExitMessage: Sendable, CustomStringConvertible {
    /// Who ended or sent the signal.
    public let pid: PID
    /// With what reason.
    public let reason: ExitReason

    /// Public for tests of handlers.
    public init(pid: PID, reason: ExitReason) {
        self.pid = pid
        self.reason = reason
    }

    public var description: String { "exit of \(pid) (\(reason))" }
}
