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
    /// Whoever asked for the answer to that message, whether he has it, still waits or has given up.
    public let client: PID?
    /// What that one is called; nil if it has no name, or has ended. Erlang: the client's name in the error report.
    public let clientName: String?
    /// The state after the handler threw, as its redaction printed it.
    public let state: String?
    /// Its parents, nearest first: see ``ProcessContext/ancestors``.
    public let ancestors: [PID]
    /// Of a task: who started it, on whose behalf that one worked, and so on. Elixir: `$callers`.
    public let callers: [PID]
    /// Linked processes at the end.
    public let links: [PID]
    /// What was linked to it and does not trap exits, and so on from there: whom its end may take along, at most
    /// fifteen. Erlang: the neighbours of a crash report.
    public let neighbours: [Neighbour]
    /// Whether it trapped exits.
    public let trapsExits: Bool
    /// How many messages were waiting.
    public let mailboxCount: Int
    /// The first ten of them, printed; replies in them are detached.
    public let waiting: [String]
    /// What it kept in process locals, printed. Erlang: the process dictionary.
    public let locals: [(name: String, value: String)]
    /// How long it had lived.
    public let age: Duration
    /// Events of a machine that would have come next. Erlang: `queue` in the report of `gen_statem`.
    public internal(set) var queued: [String] = []
    /// Events of a machine that waited for another state.
    public internal(set) var postponed: [String] = []
    /// Timeouts of a machine that ran.
    public internal(set) var timeouts: [String] = []
    /// Who handled a machine's events, if not the machine itself. Erlang: the callback modules in the report of
    /// `gen_statem`.
    public internal(set) var role: String?
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
        if let client { text += "; client: \(clientName.map { "\($0) " } ?? "")\(client)" }
        if let role { text += "; role: \(role)" }
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

extension CrashReport {
    static let mostWaiting = 10

    /// A process that is linked to the one that ended, or to such a one.
    public struct Neighbour: Sendable, Hashable {
        /// Who.
        public let pid: PID
        /// The server type, or `process`.
        public let kind: String
        /// Its names.
        public let names: [String]
        /// The label it gave itself.
        public let label: String?
        /// Its parents, nearest first: see ``ProcessContext/ancestors``.
        public let ancestors: [PID]
        /// Linked processes.
        public let links: [PID]
        /// Messages that were waiting.
        public let mailboxCount: Int
    }

    /// The whole report, field by field, in a form of one's choice. If it has more characters than there may be, the neighbours
    /// are told by their PIDs alone; what is left is shared out, the reason first. Erlang: `proc_lib:format/1,2,3` and
    /// `proc_lib:report_cb/2`.
    public func formatted(_ format: ReportFormat) -> String {
        var whole = ReportText()
        whole.add("crasher", crasher)
        var brief = whole
        var neighbours = ReportText()
        for neighbour in self.neighbours { neighbours.add("neighbour", neighbour.text) }
        whole.add("neighbours", neighbours)
        if !self.neighbours.isEmpty { brief.add("neighbours", self.neighbours.map(\.pid), isFirst: true) }
        return whole.formatted(format, orElse: brief)
    }

    private var crasher: ReportText {
        var text = ReportText()
        text.add("initial call", kind)
        text.add("pid", "\(pid)", isFirst: true)
        text.add("registered names", names)
        text.add("label", label)
        text.add("reason", "\(reason)", isFirst: true)
        text.add("last message", lastMessage)
        text.add("client", client.map { "\($0)" })
        text.add("client's name", clientName)
        text.add("role", role)
        text.add("state", state)
        text.add("ancestors", ancestors)
        if !callers.isEmpty { text.add("callers", callers) }
        text.add("links", links)
        text.add("traps exits", trapsExits ? "yes" : "no")
        text.add("messages waiting", "\(mailboxCount)")
        if !waiting.isEmpty { text.add("messages", waiting) }
        if !locals.isEmpty { text.add("locals", locals.map { "\($0.name): \($0.value)" }) }
        text.add("age", "\(age)")
        for (what, all) in [("queued", queued), ("postponed", postponed), ("timeouts", timeouts)] where !all.isEmpty {
            text.add(what, all)
        }
        if !log.isEmpty { text.add("events", log) }
        return text
    }
}

extension CrashReport.Neighbour {
    fileprivate var text: ReportText {
        var text = ReportText()
        text.add("pid", "\(pid)")
        text.add("initial call", kind)
        text.add("registered names", names)
        text.add("label", label)
        text.add("ancestors", ancestors)
        text.add("links", links)
        text.add("messages waiting", "\(mailboxCount)")
        return text
    }
}

extension ProcessCell {
    private static let mostNeighbours = 15

    /// Whom the end of this process may take along: what does not trap exits, over links.
    final var neighbours: [CrashReport.Neighbour] {
        var found: [CrashReport.Neighbour] = []
        var seen: Set<PID> = [pid]
        var next = ties.links
        while !next.isEmpty, found.count < Self.mostNeighbours {
            let pid = next.removeFirst()
            guard seen.insert(pid).inserted, let cell = Node.cell(pid), !cell.has(Control.trapping) else { continue }
            let (names, label, links) = cell.ties
            found.append(
                CrashReport.Neighbour(
                    pid: pid, kind: cell.kindName, names: names, label: label, ancestors: cell.origin?.ancestors ?? [],
                    links: links, mailboxCount: cell.waitingCount))
            next += links
        }
        return found
    }

    /// Its names, label and links, all at one moment.
    final var ties: (names: [String], label: String?, links: [PID]) {
        let (holds, label, links) = guarding.withLock {
            (heldNames, relations?.rare?.label, relations?.links.keys.sorted() ?? [])
        }
        return (Self.texts(of: holds), label, links)
    }
}
