/// Something that a watched process did: took a message, answered one, went on. Erlang: a system event of `sys`.
///
/// It is printed when it happens and holds no message and no reply, so that whoever keeps it keeps nobody waiting.
public struct SystemEvent: Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// A message was taken. Erlang: `{in, Msg}`.
        case received
        /// A request was answered, or a plain process says that it has sent something. Erlang: `{out, Msg, To, State}`.
        case sent
        /// A handler has returned and has answered nobody. Erlang: `{noreply, State}`.
        case handled
        /// A step comes before any message. Erlang: `{continue, Step}`.
        case proceeding
        /// A machine keeps the event for another state. Erlang: `{postpone, Event, State, NextState}`.
        case postponed
        /// A machine has inserted an event. Erlang: `{in, Event, State}` of one from `next_event`.
        case inserted
        /// An event did not belong in the machine's state.
        case unexpected
        /// A machine has come into a state: its first, or another one. Erlang: `{enter, Module, State}`, of the first alone.
        case entered
        /// A machine has set a timeout. Erlang: `{start_timer, Action, State}`.
        case timerStarted
        /// A machine ends: its `terminate` comes next. Erlang: `{terminate, Reason, State}`.
        case terminating
        /// Others handle a machine's events from now on: a role, or the machine itself again. Erlang:
        /// `{module, Module, State}`.
        case changedRole
        /// What a part of the library or a plain process says of itself.
        case noted
    }

    /// What happened.
    public let kind: Kind
    /// When, by the clock of the node.
    public let at: Duration
    /// Who asked, if somebody waits for the answer; for an answer, who gets it.
    public let peer: PID?
    /// The message, the answer, the role, the timeout or the reason, printed; empty if there is none.
    public var text: String
    /// Printed as `formatStatus` shows it, nil where none is known: the state after the handler; of an event that a
    /// machine takes, of its timeouts and of its end, the one in which they come.
    public var state: String?

    /// Public for tests of hooks.
    public init(_ kind: Kind, _ text: String, peer: PID? = nil, state: String? = nil, at: Duration = .zero) {
        self.kind = kind
        self.at = at
        self.peer = peer
        self.text = text
        self.state = state
    }

    public var description: String {
        let whole =
            switch kind {
            case .received: "got \(text)\(peer.map { " from \($0)" } ?? "")"
            case .sent: "sent \(text)\(peer.map { " to \($0)" } ?? "")"
            case .handled: "goes on"
            case .proceeding, .noted: text
            case .postponed: "postponed \(text)"
            case .inserted: "inserted \(text)"
            case .unexpected: "did not expect \(text)"
            case .entered: "entered"
            case .timerStarted: "started \(text)"
            case .terminating: "terminates: \(text)"
            case .changedRole: "\(text) handles what comes"
            }
        guard let state else { return whole }
        return switch kind {
        case .received, .timerStarted, .terminating: "\(whole) in state \(state)"
        case .entered: "\(whole) state \(state)"
        default: "\(whole), new state \(state)"
        }
    }
}

/// What a debug function wants after an event. Erlang: `done`, or another state, from a `sys` debug function.
public enum DebugStep: Sendable, Hashable {
    /// To be called again.
    case keep
    /// To be removed. Erlang: `done`.
    case done
}

/// Tells one debug function of a process from the others. Erlang: `FuncId` of `sys:install/2`.
public struct DebugID: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    CustomStringConvertible
{
    private let text: String

    public init(stringLiteral text: String) { self.text = text }

    /// Any text.
    public init(_ text: String) { self.text = text }

    public var description: String { text }
}
