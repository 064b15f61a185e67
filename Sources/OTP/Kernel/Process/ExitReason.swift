/// Why a process ended, or is asked to end. Erlang: an exit reason.
public enum ExitReason: Sendable {
    /// It had nothing left to do. Erlang: `normal`.
    case normal
    /// It was asked to end, in an orderly way. Erlang: `shutdown` and `{shutdown, Detail}`.
    case shutdown(detail: String?)
    /// It was ended by ``ExitSignal/kill``. Erlang: `killed`.
    case killed
    /// It ended *itself* with the reason `kill`: an ordinary reason that can be trapped. Erlang: `exit(kill)`.
    case kill
    /// There is no such process. Erlang: `noproc`.
    case noProcess
    /// It threw this error. Erlang: an error or any other term.
    case error(any Error)

    /// The orderly end without a detail.
    public static var shutdown: ExitReason { .shutdown(detail: nil) }

    /// True for `normal` and `shutdown` with or without detail: nothing went wrong, nothing is reported.
    public var isExpected: Bool {
        switch self {
        case .normal, .shutdown: true
        case .killed, .kill, .noProcess, .error: false
        }
    }

    /// True for `normal` only.
    public var isNormal: Bool {
        if case .normal = self { true } else { false }
    }

    /// What ends a process that threw `error`: the reason inside an ``Exit``, otherwise the error itself.
    ///
    /// One exception: the failure of a call whose server was shut down meanwhile, or of a wait for a task that was, is itself an
    /// orderly end, with the call as its detail. Whoever needs others that are being shut down goes with them. Erlang:
    /// `{shutdown, {gen_server, call, Args}}`.
    public init(thrown error: any Error) {
        self =
            switch error {
            case let exit as Exit: exit.reason
            case let wait as any FailedWait where wait.isShutdown: .shutdown(detail: wait.description)
            default: .error(error)
            }
    }

    /// True when both print the same and are of the same kind: for tests and for comparing what was asked
    /// with what became of it. Errors are compared by type and printed value.
    public func isSame(as other: ExitReason) -> Bool {
        switch (self, other) {
        case (.normal, .normal), (.killed, .killed), (.kill, .kill), (.noProcess, .noProcess): true
        case (.shutdown(let a), .shutdown(let b)): a == b
        case (.error(let a), .error(let b)):
            type(of: a) == type(of: b) && String(reflecting: a) == String(reflecting: b)
        default: false
        }
    }
}

extension ExitReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .normal: "normal"
        case .shutdown(nil): "shutdown"
        case .shutdown(let detail?): "shutdown: \(detail)"
        case .killed: "killed"
        case .kill: "kill"
        case .noProcess: "no process"
        case .error(let error): "error: \(error)"
        }
    }
}

/// Why a wait for another process came to nothing.
protocol FailedWait: Error, CustomStringConvertible {
    /// Whether that process was shut down, and said no more about it.
    var isShutdown: Bool { get }
}

/// `throw Exit(.shutdown)`: ends the process with exactly this reason. Erlang: `exit/1`.
public struct Exit: Error, Sendable {
    /// The reason that links and monitors will see.
    public let reason: ExitReason

    /// Ends the process that throws it with `reason`.
    public init(_ reason: ExitReason) { self.reason = reason }
}

/// A request to a process to end. Erlang: the second argument of `exit/2`.
public enum ExitSignal: Sendable {
    /// Ends a process that does not trap exits; a message for one that does.
    /// `normal` from another process is ignored by a process that does not trap.
    case reason(ExitReason)
    /// Ends the process whether it traps or not; its links and monitors see ``ExitReason/killed``.
    case kill

    /// Asks for an orderly end.
    public static var shutdown: ExitSignal { .reason(.shutdown) }
}
