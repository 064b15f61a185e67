/// A name under which a server is found. It stays valid when the server is restarted. Erlang: `{local, Name}`,
/// `{global, Name}`, `{via, Module, Name}`.
///
/// ```swift
/// extension ServerName<RateLimiter> { static let limiter: Self = "rate limiter" }
/// ```
public struct ServerName<Server: ProcessBehavior>: ServerAddress, Hashable, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation, CustomStringConvertible
{
    enum Place: Hashable, Sendable {
        case table(NameTable.Key)
        case via(ViaPlace)
    }

    let place: Place

    public init(stringLiteral text: String) { self.init(text) }

    /// A local name. Two servers of different types cannot share one.
    public init(_ text: String) { place = .table(NameTable.Key(text)) }

    /// A name of all connected nodes; on a single node a name space of its own. Erlang: `{global, Name}`.
    public static func global(_ text: String) -> Self {
        Self(place: .table(NameTable.Key(text, isGlobal: true)))
    }

    /// A key in a registry of one's own. Erlang: `{via, Module, Name}`.
    public static func via<Registry: NameRegistry>(_ registry: Registry, _ key: Registry.Key) -> Self {
        Self(place: .via(ViaPlace(target: UserVia(registry: registry, key: key))))
    }

    init(place: Place) { self.place = place }

    /// The server that has the name at this moment; nil if there is none or it is of another type.
    /// Erlang: `whereis/1`.
    public func whereIs() -> ServerRef<Server>? {
        (lookUp(on: .current) as? BehaviorCell<Server>).map(ServerRef.init(cell:))
    }

    /// The process that has the name, of whatever type.
    func lookUp(on node: Node) -> ProcessCell? {
        switch place {
        case .table(let key): node.names.whereIs(key)
        case .via(let via): via.target.whereIs(on: node)
        }
    }

    public var addressDescription: String { description }

    public var description: String {
        switch place {
        case .table(let key): key.isGlobal ? "global \(key.text)" : key.text
        case .via(let via): via.description
        }
    }
}

/// Why a name could not be given. Erlang: `badarg` of `register/2`.
public struct NameError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// Another process has the name.
        case taken(PID)
        /// There is no such process.
        case noProcess
        /// The name is empty.
        case empty
        /// Nobody has the name.
        case unknown
        /// The process that says it has the name has it not. Erlang: `process_not_registered`.
        case notRegistered
        /// No process can be registered there: its registry does not run, for instance.
        case unusable(String)
    }
    /// What went wrong.
    public let code: Code
    /// Which name.
    public let name: String

    public var description: String {
        switch code {
        case .taken(let pid): "name \(name) is taken by \(pid)"
        case .noProcess: "name \(name) cannot be given to a process that has ended"
        case .empty: "a name must not be empty"
        case .unknown: "nobody has the name \(name)"
        case .notRegistered: "the process is not registered as \(name)"
        case .unusable(let why): "nobody can be registered as \(name): \(why)"
        }
    }
}

extension ServerName {
    /// Gives this name to a process that is already running. Erlang: `register/2`, `global:register_name/2`.
    ///
    /// A process may have several names; a name leads to one process of its node.
    /// - Parameter replacing: Takes the name from whoever has it; that process lives on. `global:re_register_name/2`.
    /// - Throws: ``NameError``: the name is taken or empty, or the process has ended.
    public func register(_ server: ServerRef<Server>, replacing: Bool = false) throws(NameError) {
        if let problem { throw problem }
        let node = server.cell.node
        switch place {
        case .table(let key) where replacing:
            node.names.replace(key, server.cell)
        case .table(let key):
            if let holder = node.names.register(key, server.cell) {
                throw NameError(code: .taken(holder.pid), name: description)
            }
        case .via(let via):
            if replacing { via.target.unregister(on: node) }
            guard via.target.register(server.cell) else {
                throw NameError(code: .taken(via.target.whereIs(on: node)?.pid ?? server.pid), name: description)
            }
        }
        if !server.isAlive { throw NameError(code: .noProcess, name: description) }
    }

    /// Gives this name to a plain process that is already running. Erlang: `register/2`.
    public func register<Message>(_ process: ProcessRef<Message>, replacing: Bool = false) throws(NameError)
    where Server == PlainBehavior<Message> {
        try register(process.server, replacing: replacing)
    }

    /// Sets the name free; the process lives on. Erlang: `unregister/1`.
    ///
    /// - Throws: ``NameError`` if nobody has the name.
    public func unregister(on node: Node = .current) throws(NameError) {
        switch place {
        case .table(let key):
            if !node.names.unregister(key) { throw NameError(code: .unknown, name: description) }
        case .via(let via):
            if via.target.whereIs(on: node) == nil { throw NameError(code: .unknown, name: description) }
            via.target.unregister(on: node)
        }
    }

    /// Why this is no name at all.
    @usableFromInline var problem: NameError? {
        switch place {
        case .table(let key): key.text.isEmpty ? NameError(code: .empty, name: "") : nil
        case .via(let via): via.target.problem.map { NameError(code: .unusable($0), name: description) }
        }
    }

    /// Registers a process that has not begun. Nil: done; otherwise who has the name.
    @usableFromInline func claim(for cell: ProcessCell) -> ProcessCell? {
        switch place {
        case .table(let key):
            return cell.node.names.register(key, cell)
        case .via(let via):
            return via.target.register(cell) ? nil : via.target.whereIs(on: cell.node) ?? cell
        }
    }
}

extension Node {
    /// The names that are in use on this node, with their holders. Erlang: `registered/0`.
    public var registeredNames: [(name: String, pid: PID)] { names.all }
}
