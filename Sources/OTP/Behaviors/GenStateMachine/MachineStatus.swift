/// What is shown of a machine, printed: in reports and by `SystemControl`. Erlang: the map of `format_status/1`.
public struct MachineStatus: Sendable {
    /// A timeout that runs.
    public struct Timeout: Sendable, Hashable, CustomStringConvertible {
        /// `state timeout`, `event timeout`, or `timeout` and its name.
        public var kind: String
        /// What it says.
        public var content: String

        public var description: String { "\(kind): \(content)" }
    }

    /// Why it is shown.
    public let context: StatusContext
    /// The state.
    public var state: String
    /// The data: the machine's own value.
    public var data: String
    /// Why it ends; nil while it runs.
    public var reason: ExitReason?
    /// The event in whose handler it came to its end, and those that would have come next.
    public var queue: [String]
    /// The events that wait for another state, in the order in which they came.
    public var postponed: [String]
    /// The timeouts that run.
    public var timeouts: [Timeout]
    /// How many events did not belong in the state in which they came.
    public var unexpectedCount: Int
    /// Who handles events, if the machine does not itself.
    public var role: String?

    /// State and data in one text; what stands for both, once.
    var whole: String { state == data ? state : "\(state); \(data)" }

    /// Nobody has said what may be shown: `text` stands for it all.
    mutating func hideAll(_ text: String) {
        state = text
        data = text
        queue = []
        postponed = []
        timeouts = []
    }
}

/// A transition that the machine's graph does not declare. The machine ends with it.
public struct IllegalTransition: Error, Sendable, Hashable, CustomStringConvertible {
    /// The machine's type.
    public let machine: String
    /// The state in which it was.
    public let from: String
    /// The state into which its handler wanted.
    public let to: String
    /// The event, by its name in the graph.
    public let event: String

    public var description: String { "\(machine) has no transition from \(from) to \(to) by \(event)" }
}

/// An event came that did not belong in the machine's state.
public struct UnexpectedEventReport: Report {
    /// Who.
    public let pid: PID
    /// The machine's type.
    public let kind: String
    /// Its state.
    public let state: String
    /// The event, printed.
    public let event: String
    /// How many there have been, this one included.
    public let count: Int

    public var logLevel: String { "warning" }
    public var metadata: [String: String] { ["otp.pid": "\(pid)", "otp.state": state] }
    public var description: String { "\(kind) \(pid): \(event) does not belong in state \(state)" }
}
