public import Logging
internal import Synchronization

/// Something the runtime has to tell, as a value; by default also one line in the log.
public enum RuntimeReport: Sendable {
    /// A process ended for a reason that nobody expected.
    case crash(CrashReport)
    /// A worker has been held by one handler for longer than the node's ``Node/heldWorkerThreshold``.
    case heldWorker(HeldWorkerReport)
    /// A mailbox has passed a threshold.
    case mailbox(MailboxReport)
    /// What a supervisor or another part of the library has to say.
    case other(any Report)
}

/// A report of a part of the library above the kernel.
public protocol Report: Sendable, CustomStringConvertible {
    /// How the line is logged.
    var logLevel: String { get }
    /// Short keys and values beside the text.
    var metadata: [String: String] { get }
    /// The text in a form of one's choice; if it is not said how, the description within the limits.
    func formatted(_ format: ReportFormat) -> String
}

extension Report {
    public func formatted(_ format: ReportFormat) -> String { ReportText.formatted(description, format) }
}

extension RuntimeReport {
    /// The text of the report in a form of one's choice. Erlang: the report callbacks of OTP's reports.
    public func formatted(_ format: ReportFormat) -> String {
        switch self {
        case .crash(let crash): crash.formatted(format)
        case .heldWorker(let held): ReportText.formatted(held.description, format)
        case .mailbox(let mailbox): ReportText.formatted(mailbox.description, format)
        case .other(let other): other.formatted(format)
        }
    }
}

/// A handler has kept a worker for long: it computes, or it blocks its thread instead of using ``Blocking``. Reported once
/// each time.
public struct HeldWorkerReport: Sendable, CustomStringConvertible {
    /// The process whose handler runs.
    public let pid: PID
    /// What it is.
    public let handler: String?
    /// For how long it had run when noticed.
    public let duration: Duration

    init(pid: PID, handler: String?, for nanoseconds: UInt64) {
        self.pid = pid
        self.handler = handler
        duration = Deadline.duration(nanoseconds)
    }

    public var description: String {
        "\(handler ?? "a handler") of \(pid) has held a worker for \(duration)"
    }
}

/// A mailbox has grown past a threshold.
public struct MailboxReport: Sendable, CustomStringConvertible {
    /// Whose.
    public let pid: PID
    /// What it is.
    public let kind: String
    /// How many messages wait.
    public let count: Int

    public var description: String { "\(count) messages wait in the mailbox of \(kind) \(pid)" }
}

/// One limit for everything that is printed into reports.
public enum Rendering {
    /// The longest text of one field of a report, in characters.
    public static let limit = 1_000

    /// The text, cut at the limit with a note of how much is missing.
    public static func limited(_ text: String, to limit: Int = Rendering.limit) -> String {
        guard text.count > limit else { return text }
        return "\(text.prefix(limit))… (\(text.count - limit) characters more)"
    }

    /// The text of a message, without the word for its kind where that is all that it adds to the message: a text that
    /// somebody has written stays as it is.
    static func withoutKind(_ kind: String, _ text: String, _ message: some Sendable) -> String {
        guard text.hasPrefix(kind) else { return text }
        let plain = "\(message)"
        return text == kind + plain ? plain : text
    }
}

/// Where reports go: to the function that was set, and to the log.
final class ReportSink: Sendable {
    private let onReport = LockedBox<(@Sendable (RuntimeReport) -> Void)?>(nil)
    private let hasListener = Atomic<Bool>(false)
    private let logger = LockedBox<Logger?>(nil)
    private let hasLogger = Atomic<Bool>(false)
    let format = LockedBox<ReportFormat?>(nil)

    /// Somebody within the library who is told as well.
    struct Observation: Hashable, Sendable {
        let number: UInt64
    }

    private struct Observers {
        var count: UInt64 = 0
        var all: [Observation: @Sendable (RuntimeReport) -> Void] = [:]
    }

    private let observers = LockedBox(Observers())

    /// Of all reports but crashes. One that is told of those, too, would have to count as a listener.
    func observe(_ body: @escaping @Sendable (RuntimeReport) -> Void) -> Observation {
        observers.withLock {
            $0.count += 1
            let observation = Observation(number: $0.count)
            $0.all[observation] = body
            return observation
        }
    }

    func remove(_ observation: Observation) {
        let removed = observers.withLock { $0.all.removeValue(forKey: observation) }
        _ = removed
    }

    /// The logger that was set for the node.
    var ownLogger: Logger? {
        get { logger.get() }
        set {
            let removed = logger.withLock { logger in
                hasLogger.store(newValue != nil, ordering: .releasing)
                defer { logger = newValue }
                return logger
            }
            _ = removed
        }
    }

    func tell(_ body: (@Sendable (RuntimeReport) -> Void)?) {
        let removed = onReport.withLock { told in
            hasListener.store(body != nil, ordering: .sequentiallyConsistent)
            defer { told = body }
            return told
        }
        _ = removed
    }

    /// Whether anybody would be told of a crash, or print it: otherwise no report is made of it, which costs more than all
    /// the rest of an end. Many may end at once, so that nothing is locked to find out that nobody listens.
    var areCrashesWanted: Bool {
        if hasListener.load(ordering: .sequentiallyConsistent) { return true }
        // Copied out: what a log handler does to tell its level is not for under a lock.
        let own = hasLogger.load(ordering: .acquiring) ? logger.get() : nil
        return (own ?? Logger.current).logLevel <= .error
    }

    func send(_ report: RuntimeReport) {
        onReport.get()?(report)
        if case .crash = report {
        } else {
            let others = observers.withLock { Array($0.all.values) }
            for observer in others { observer(report) }
        }
        log(report)
    }

    private func log(_ report: RuntimeReport) {
        let logger = ownLogger ?? Logger.current
        // What nobody prints is not rendered.
        if logger.logLevel > report.level { return }
        let format = format.get()
        func text(_ description: some CustomStringConvertible) -> Logger.Message {
            "\(format.map { report.formatted($0) } ?? description.description)"
        }
        switch report {
        case .crash(let crash):
            var metadata: Logger.Metadata = [
                "otp.pid": "\(crash.pid)", "otp.kind": "\(crash.kind)",
                "otp.reason": "\(Rendering.limited("\(crash.reason)"))",
            ]
            if !crash.names.isEmpty { metadata["otp.name"] = "\(crash.names.joined(separator: ", "))" }
            if !crash.ancestors.isEmpty { metadata["otp.ancestors"] = "\(crash.ancestors)" }
            if !crash.callers.isEmpty { metadata["otp.callers"] = "\(crash.callers)" }
            logger.log(level: report.level, text(crash), metadata: metadata)
        case .heldWorker(let held):
            logger.log(level: report.level, text(held), metadata: ["otp.pid": "\(held.pid)"])
        case .mailbox(let mailbox):
            logger.log(
                level: report.level, text(mailbox),
                metadata: ["otp.pid": "\(mailbox.pid)", "otp.mailbox": "\(mailbox.count)"])
        case .other(let other):
            logger.log(level: report.level, text(other), metadata: other.metadata.mapValues { "\($0)" })
        }
    }
}

extension RuntimeReport {
    /// How the line is logged.
    fileprivate var level: Logger.Level {
        switch self {
        case .crash: .error
        case .heldWorker, .mailbox: .warning
        case .other(let other): Self.level(named: other.logLevel)
        }
    }

    /// The two that come all the time are known at a look: the standard library's search for a word costs ten times as much.
    private static func level(named name: String) -> Logger.Level {
        if name == "error" { return .error }
        if name == "warning" { return .warning }
        return Logger.Level(rawValue: name) ?? .error
    }
}

extension Node {
    /// The logger for reports; without one the current logger of whoever reports. Crash reports are errors, reports
    /// about held workers and long mailboxes warnings.
    public var logger: Logger? {
        get { reports.ownLogger }
        set { reports.ownLogger = newValue }
    }

    /// Whether every start and restart of a supervised process, and every start of an application, is reported too, as
    /// information; false unless set. Erlang: progress reports, which the logger prints from level `info` on.
    public var reportsProgress: Bool {
        get { isProgressWanted.load(ordering: .relaxed) }
        set { isProgressWanted.store(newValue, ordering: .relaxed) }
    }

    /// How reports are printed into the log; nil, as at first: as one sentence each. Erlang: the configuration of
    /// `logger_formatter`.
    public var reportFormat: ReportFormat? {
        get { reports.format.get() }
        set { reports.format.set(newValue) }
    }
}
