/// What can be said of a process at one moment. Erlang: `process_info/1,2`; Elixir: `Process.info/1,2`.
///
/// Asking for it never waits for the process and never makes it run. Several facts at once, in an order of one's own,
/// are a list of key paths: `[\.status, \.links].map { snapshot[keyPath: $0] }`.
public struct ProcessSnapshot: Sendable {
    /// What a process is doing. Erlang: `status` of `process_info/2`.
    public enum Status: Sendable, Hashable {
        /// Its code runs, or is suspended at an `await` of its own.
        case running
        /// It has something to do and waits for a worker.
        case runnable
        /// It has nothing to do.
        case waiting
        /// Its code waits for the reply of this process.
        case calling(PID)
        /// It handles no messages until it is resumed. Erlang: `sys:suspend/1`.
        case suspended
        /// It has been asked to end, and is about to.
        case ending
        /// It has been killed, and its code has not returned yet.
        case zombie
    }

    /// Its identity.
    public let pid: PID
    /// The type of its server, or `process`. Erlang: `initial_call`.
    public let kind: String
    /// Its names, in the order in which it got them, local ones as they are, others as a ``ServerName`` describes itself;
    /// empty if it has none. Erlang: `registered_name`, for the local ones.
    public let names: [String]
    /// What it calls itself. Erlang: `label`.
    public let label: String?
    /// What it does.
    public let status: Status
    /// How many messages wait. Erlang: `message_queue_len`.
    public let mailboxCount: Int
    /// The messages that wait, printed, oldest first. Erlang: `messages`.
    ///
    /// Nil while its code runs or it waits for a worker: then nobody else can read them. A process that asks about
    /// itself always sees its own.
    public let messages: [String]?
    /// To whom it is linked, in the order of PIDs. Erlang: `links`.
    public let links: [PID]
    /// Whom it monitors, once for each monitor, in the order of PIDs. Erlang: `monitors`.
    public let monitors: [PID]
    /// Which processes monitor it, once for each monitor, in the order of PIDs. Erlang: `monitored_by`.
    public let monitoredBy: [PID]
    /// Whether exit signals become messages. Erlang: `trap_exit`.
    public let trapsExits: Bool
    /// Who started it; nil if that was an ordinary task. Erlang: `parent`.
    public let parent: PID?
    /// The parent, its parent and so on: all of up to 128, of a longer line the nearest 64 at least. Erlang: `$ancestors`.
    public let ancestors: [PID]
    /// How long it has lived.
    public let age: Duration
    /// How many messages and notices of the runtime it has taken from its mailbox. Never goes down.
    public let handledCount: UInt64
    /// For how long its code has been at work on the same message, counted from the first snapshot that saw it there;
    /// nil when it is not at work.
    public let busyFor: Duration?
    /// What its code has put into places of its own, printed, by name. Erlang: `dictionary`.
    public let locals: [String: String]
}

extension ProcessSnapshot: CustomStringConvertible {
    public var description: String {
        var text = "\(pid) \(kind)"
        if !names.isEmpty { text += " \(names.joined(separator: ", "))" }
        if let label { text += " (\(label))" }
        text += ": \(status), \(mailboxCount) messages, \(links.count) links, \(handledCount) handled"
        if let busyFor { text += ", busy for \(busyFor)" }
        return text
    }
}
