/// A reference to one running supervisor, and to no later one. Erlang: a supervisor's pid.
public struct SupervisorRef: SupervisorAddress, Hashable, CustomStringConvertible {
    let server: ServerRef<SupervisorBehavior>

    init(server: ServerRef<SupervisorBehavior>) { self.server = server }

    /// The supervisor that has this identity: what another supervisor has started, or lists.
    ///
    /// Nil if it has ended, or is no supervisor.
    public init?(_ pid: PID) {
        guard let server = ServerRef<SupervisorBehavior>(pid) else { return nil }
        self.init(server: server)
    }

    /// The identity of the process.
    public var pid: PID { server.pid }
    /// Whether it lives.
    public var isAlive: Bool { server.isAlive }
    public var ref: SupervisorRef? { self }

    public var description: String { "supervisor \(pid)" }
}
