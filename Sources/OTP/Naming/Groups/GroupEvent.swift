/// One monitor of groups. Erlang: the reference that `pg:monitor_scope/1` returns.
public struct GroupMonitor: Hashable, Sendable, CustomStringConvertible {
    let ref: MonitorRef

    init() { ref = MonitorRef.make() }

    /// A monitor that belongs to no scope: for tests of handlers.
    public static var probe: GroupMonitor { GroupMonitor() }

    public var description: String { "group \(ref)" }
}

/// Somebody has joined or left a group. Erlang: `{Ref, join, Group, Pids}` and `{Ref, leave, Group, Pids}`.
public struct GroupEvent<Group: Hashable & Sendable>: Sendable, CustomStringConvertible {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The processes have joined.
        case join
        /// The processes have left, or one of them has ended.
        case leave
    }

    /// Of which monitor this is told.
    public let monitor: GroupMonitor
    /// What happened.
    public let kind: Kind
    /// Which group.
    public let group: Group
    /// Who, as often as was asked for.
    public let pids: [PID]

    /// Public for tests of handlers.
    public init(monitor: GroupMonitor, kind: Kind, group: Group, pids: [PID]) {
        self.monitor = monitor
        self.kind = kind
        self.group = group
        self.pids = pids
    }

    public var description: String { "\(kind) \(group) by \(pids.map(\.description).joined(separator: ", "))" }
}

/// Why a scope of groups did not do what it was asked to. Nothing has changed then.
public struct GroupError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// The scope does not run, or its groups have names of another type. Erlang: `noproc`.
        case notRunning
        /// The process belongs to another node. Erlang: `nolocal`.
        case notLocal(PID)
    }

    /// What went wrong.
    public let code: Code
    /// Which scope.
    public let scope: String

    /// For tests of code that handles such errors.
    public init(_ code: Code, scope: String = "") {
        self.code = code
        self.scope = scope
    }

    public var description: String {
        switch code {
        case .notRunning: "groups \(scope) do not run, or are named by another type"
        case .notLocal(let pid): "\(pid) belongs to another node than groups \(scope)"
        }
    }
}
