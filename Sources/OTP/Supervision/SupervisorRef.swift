/// A reference to one running supervisor, and to no later one. Erlang: a supervisor's pid.
public struct SupervisorRef: SupervisorAddress, Hashable, CustomStringConvertible {
    let server: ServerRef<SupervisorBehavior>

    init(server: ServerRef<SupervisorBehavior>) { self.server = server }

    /// The identity of the process.
    public var pid: PID { server.pid }
    /// Whether it lives.
    public var isAlive: Bool { server.isAlive }
    public var ref: SupervisorRef? { self }

    public var description: String { "supervisor \(pid)" }
}
