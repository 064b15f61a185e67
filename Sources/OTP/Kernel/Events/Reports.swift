public import Logging

/// Something the runtime has to tell, as a value; by default also one line in the log.
public enum RuntimeReport: Sendable {
    /// A process ended for a reason that nobody expected.
    case crash(CrashReport)
    /// A worker has been held by one handler; another worker stands in.
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
}

/// A process ended abnormally. Erlang: the crash report of `proc_lib` and the error report of the behaviour.
public struct CrashReport: Sendable, CustomStringConvertible {
    /// Who.
    public let pid: PID
    /// The server type, or `process`.
    public let kind: String
    /// Its names.
    public let names: [String]
    /// The label it gave itself.
    public let label: String?
    /// Why.
    public let reason: ExitReason
    /// The message in whose handler it ended, printed; replies in it are detached.
    public let lastMessage: String?
    /// Whoever waited for the answer to that message.
    public let client: PID?
    /// The state after the handler threw, as its redaction printed it.
    public let state: String?
    /// Its parents, nearest first.
    public let ancestors: [PID]
    /// Of a task: who started it, on whose behalf that one worked, and so on. Elixir: `$callers`.
    public let callers: [PID]
    /// Linked processes at the end.
    public let links: [PID]
    /// Messages that were waiting.
    public let mailboxCount: Int
    /// How long it had lived.
    public let age: Duration
    /// Events of a machine that would have come next. Erlang: `queue` in the report of `gen_statem`.
    public internal(set) var queued: [String] = []
    /// Events of a machine that waited for another state.
    public internal(set) var postponed: [String] = []
    /// Timeouts of a machine that ran.
    public internal(set) var timeouts: [String] = []
    /// Its last events, if they were kept; see `SystemControl.startLog`.
    public let log: [SystemEvent]

    public var description: String {
        var text = "process \(pid)"
        if !names.isEmpty { text += " \(names.joined(separator: ", "))" }
        if let label { text += " (\(label))" }
        text += " [\(kind)]"
        if let starter = callers.first { text += " started by \(starter)" }
        text += " ended: \(Rendering.limited("\(reason)"))"
        if let lastMessage { text += "; last message: \(Rendering.limited(lastMessage))" }
        if let client { text += "; client: \(client)" }
        if let state { text += "; state: \(Rendering.limited(state))" }
        for (what, all) in [("queued", queued), ("postponed", postponed), ("timeouts", timeouts)] where !all.isEmpty {
            text += "; \(what): \(Rendering.limited(all.joined(separator: ", ")))"
        }
        if !log.isEmpty {
            text += "; events: \(Rendering.limited(log.map(\.description).joined(separator: " | ")))"
        }
        return text
    }
}

/// A handler has kept a worker for long. Reported once each time.
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
        "\(handler ?? "a handler") of \(pid) has held a worker for \(duration); another worker stands in"
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
}

/// Where reports go: to the function that was set, and to the log.
final class ReportSink: Sendable {
    let onReport = LockedBox<(@Sendable (RuntimeReport) -> Void)?>(nil)
    let logger = LockedBox<Logger?>(nil)

    /// Somebody within the library who is told as well.
    struct Observation: Hashable, Sendable {
        let number: UInt64
    }

    private struct Observers {
        var count: UInt64 = 0
        var all: [Observation: @Sendable (RuntimeReport) -> Void] = [:]
    }

    private let observers = LockedBox(Observers())

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

    func send(_ report: RuntimeReport) {
        onReport.get()?(report)
        let others = observers.withLock { Array($0.all.values) }
        for observer in others { observer(report) }
        log(report)
    }

    private func log(_ report: RuntimeReport) {
        let logger = logger.get() ?? Logger.current
        switch report {
        case .crash(let crash):
            var metadata: Logger.Metadata = [
                "otp.pid": "\(crash.pid)", "otp.kind": "\(crash.kind)",
                "otp.reason": "\(Rendering.limited("\(crash.reason)"))",
            ]
            if !crash.names.isEmpty { metadata["otp.name"] = "\(crash.names.joined(separator: ", "))" }
            if !crash.ancestors.isEmpty { metadata["otp.ancestors"] = "\(crash.ancestors)" }
            if !crash.callers.isEmpty { metadata["otp.callers"] = "\(crash.callers)" }
            logger.error("\(crash)", metadata: metadata)
        case .heldWorker(let held):
            logger.warning("\(held)", metadata: ["otp.pid": "\(held.pid)"])
        case .mailbox(let mailbox):
            logger.warning("\(mailbox)", metadata: ["otp.pid": "\(mailbox.pid)", "otp.mailbox": "\(mailbox.count)"])
        case .other(let other):
            let level = Logger.Level(rawValue: other.logLevel) ?? .error
            logger.log(level: level, "\(other)", metadata: other.metadata.mapValues { "\($0)" })
        }
    }
}

extension Node {
    /// The logger for reports; without one the current logger of whoever reports. Crash reports are errors, reports
    /// about held workers and long mailboxes warnings.
    public var logger: Logger? {
        get { reports.logger.get() }
        set { reports.logger.set(newValue) }
    }
}
