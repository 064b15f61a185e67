/// Why a task gave no value. Elixir: the exit of `Task.await/2`.
public struct TaskFailure: Error, Sendable {
    /// What went wrong.
    public enum Code: Sendable {
        /// No outcome within the time limit. Elixir: `timeout`.
        case timeout
        /// The task ended without a value: with the error that it threw, or the signal that ended it.
        case exited(ExitReason)
        /// Whoever waited was cancelled.
        case cancelled
        /// The task belongs to somebody else, who alone may ask for its outcome. Elixir: an `ArgumentError`.
        case notOwner(PID)
        /// Its outcome has been taken, or given up by a wait that failed. Elixir: there is no such message any more.
        case alreadyTaken
        /// The task waits for whoever would wait for it; nobody in this cycle could ever go on.
        case cycle([PID])
        /// The waiting process has been killed; it is only finishing its handler.
        case killed
    }

    /// What went wrong.
    public let code: Code
    /// The task's process; nil if it never had one.
    public let pid: PID?
    /// In an object: an outcome that is handed on has room for one, and copies it.
    private let details: Details?

    private final class Details: Sendable {
        let place: (fileID: StaticString, line: UInt)?
        let limit: Duration?
        let asker: PID?

        init(place: (fileID: StaticString, line: UInt)?, limit: Duration?, asker: PID?) {
            self.place = place
            self.limit = limit
            self.asker = asker
        }
    }

    /// How long was waited, if the time was over.
    public var limit: Duration? { details?.limit }
    /// Which process asked, if it was not the owner; nil also if it was none.
    public var asker: PID? { details?.asker }
    /// Where the task was started: file and line.
    public var place: String? { details?.place.map { "\($0.fileID):\($0.line)" } }

    /// For tests of code that handles failed tasks.
    public init(_ code: Code, pid: PID? = nil) {
        self.code = code
        self.pid = pid
        details = nil
    }

    init(_ code: Code, _ pid: PID?, at place: (fileID: StaticString, line: UInt)?, limit: Duration? = nil) {
        self.code = code
        self.pid = pid
        var (isLate, isForeign) = (false, false)
        switch code {
        case .timeout: isLate = true
        case .notOwner: isForeign = true
        default: break
        }
        details = Details(
            place: place, limit: isLate ? limit : nil,
            asker: isForeign ? CurrentProcess.reference?._withUnsafeGuaranteedRef { $0.pid } : nil)
    }

    /// The error that the task threw, if that is what ended it; not the failure of a call to a server that was shut down, which
    /// is an orderly end: see ``ExitReason/init(thrown:)``.
    public var underlying: (any Error)? {
        if case .exited(.error(let error)) = code { error } else { nil }
    }

    /// Whether the task was shut down, and said no more about it.
    var isShutdown: Bool { if case .exited(.shutdown(detail: nil)) = code { true } else { false } }

    /// What `value` throws: a cancellation is thrown as Swift's own error.
    @usableFromInline var thrown: any Error {
        if case .cancelled = code { CancellationError() } else { self }
    }
}

extension TaskFailure: CustomStringConvertible, FailedWait {
    public var description: String {
        let task = "task" + (pid.map { " \($0)" } ?? "") + (place.map { " at \($0)" } ?? "")
        return switch code {
        case .timeout: "\(task) was not done in time" + (limit.map { ": in \($0)" } ?? "")
        case .exited(let reason): "\(task) ended without a value: \(reason)"
        case .cancelled: "whoever waited for \(task) was cancelled"
        case .notOwner(let owner):
            "\(task) was started by \(owner), which alone may ask for its outcome, and not by "
                + (asker.map { "\($0)" } ?? "whoever asks here")
        case .alreadyTaken: "the outcome of \(task) has been taken or given up already"
        case .cycle(let pids):
            "waiting for \(task) would last for ever: \(pids.map(\.description).joined(separator: " → "))"
        case .killed: "the process that waited for \(task) has been killed"
        }
    }
}
