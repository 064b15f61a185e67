/// Whatever leads to a running server: a reference, a name, a key in a registry. Erlang: `gen_server:server_ref()`.
///
/// Client functions are written once, in `extension ServerAddress<Counter> { … }`, and hold for all of them.
public protocol ServerAddress<Server>: SystemAddress {
    /// The behaviour, which gives the messages.
    associatedtype Server: ProcessBehavior

    /// The process that is meant at this moment; nil if there is none. Erlang: `whereis/1`.
    func whereIs() -> ServerRef<Server>?
}

/// Whatever leads to a running process of any kind: every server address, references to plain processes and to
/// supervisors, and a PID. For requests that every process answers, as those of `SystemControl`. Erlang: `sys:name()`.
public protocol SystemAddress: Sendable {
    /// How the address is written in errors.
    var addressDescription: String { get }

    /// The process that is meant at this moment. Not to be implemented outside the library.
    var _process: SystemProcess? { get }
}

/// A process of whatever kind. For the library's own protocols.
public struct SystemProcess: Sendable {
    let cell: ProcessCell
}

extension ServerAddress {
    public var _process: SystemProcess? { (whereIs()?.cell).map(SystemProcess.init) }
}

extension PID: SystemAddress {
    public var addressDescription: String { description }
    public var _process: SystemProcess? { Node.cell(self).map(SystemProcess.init) }
}

extension ProcessRef: SystemAddress {
    public var addressDescription: String { pid.description }
    public var _process: SystemProcess? { server._process }
}

/// A reference to one process and to no other: after its end, nothing is found there any more. Erlang: a pid.
public struct ServerRef<Server: ProcessBehavior>: ServerAddress, Hashable {
    @usableFromInline let cell: BehaviorCell<Server>

    @usableFromInline init(cell: BehaviorCell<Server>) { self.cell = cell }

    /// The server that has this identity: what a supervisor has started, or lists, can so be called.
    ///
    /// Nil if it has ended, or is of another type.
    public init?(_ pid: PID) {
        guard let cell = Node.cell(pid), cell.isAlive, cell.behavior == ObjectIdentifier(Server.self) else {
            return nil
        }
        self.init(cell: unsafeDowncast(cell, to: BehaviorCell<Server>.self))
    }

    /// The identity of the process.
    public var pid: PID { cell.pid }

    @inlinable public func whereIs() -> ServerRef<Server>? { self }

    public var addressDescription: String { pid.description }

    /// Whether the process lives. Erlang: `is_process_alive/1`.
    public var isAlive: Bool { cell.isAlive }

    public static func == (a: ServerRef, b: ServerRef) -> Bool { a.cell === b.cell }
    public func hash(into hasher: inout Hasher) { hasher.combine(cell.pid) }
}

extension ServerRef: CustomStringConvertible {
    public var description: String { "\(Server._name) \(pid)" }
}

extension ServerAddress {
    /// The identity of the process that is meant at this moment.
    public var pid: PID? { whereIs()?.cell.pid }

    /// Sends a request that is not answered. Never fails: without a process nothing happens. Erlang: `gen_server:cast`.
    @inlinable public func cast(_ message: consuming Server.Cast) {
        guard let server = heldServer else { return }
        // Taken out of its place: a copy would count references.
        var taken = Optional(message)
        server._withUnsafeGuaranteedRef { $0.post(taken.take().unsafelyUnwrapped, tag: 2) }
        letGo(server)
    }

    /// Sends a message. Never fails: without a process nothing happens. Erlang: `!`.
    @inlinable public func send(_ info: consuming Server.Info) {
        guard let server = heldServer else { return }
        var taken = Optional(info)
        server._withUnsafeGuaranteedRef { $0.post(taken.take().unsafelyUnwrapped, tag: 3) }
        letGo(server)
    }

    /// Sends an exit signal. Erlang: `exit/2`.
    public func sendExit(_ signal: ExitSignal) {
        guard let cell = whereIs()?.cell else { return }
        Signals.exit(signal, to: cell)
    }
}

/// Exit signals to processes known by their PID.
enum Signals {
    static func exit(_ signal: ExitSignal, to cell: ProcessCell, from sender: PID? = nil) {
        switch signal {
        case .kill, .reason(.kill):
            cell.kill()
        case .reason(let reason):
            let sender = sender ?? CurrentProcess.cell?.pid ?? PID(node: cell.node.id, number: 0)
            cell.receiveExit(from: sender, reason: reason)
        }
    }
}

extension Node {
    /// Sends an exit signal to a process of this node; nothing happens if there is none. Erlang: `exit/2`.
    public func sendExit(_ signal: ExitSignal, to pid: PID) {
        guard let cell = Node.cell(pid) else { return }
        Signals.exit(signal, to: cell)
    }

    /// The cell of a living process of any node of this program.
    static func cell(_ pid: PID) -> ProcessCell? { Node.of(pid)?.table[pid] }

    /// Whether there is anything to watch: a living process, or the caller of a call that goes on.
    static func isMonitorable(_ pid: PID) -> Bool { cell(pid) != nil || CallerIdentity.of(pid) != nil }
}
