/// A name under which a server is found. It stays valid when the server is restarted. Erlang: `{local, Name}`,
/// `{global, Name}`, `{via, Module, Name}`.
///
/// ```swift
/// extension ServerName<RateLimiter> { static let limiter: Self = "rate limiter" }
/// ```
public struct ServerName<Server: ProcessBehavior>: ServerAddress, Hashable, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation, CustomStringConvertible, PromptAddress
{
    @usableFromInline let place: NamePlace

    public init(stringLiteral text: String) { self.init(text) }

    /// A local name. Two servers of different types cannot share one.
    public init(_ text: String) { place = NamePlace(NameTable.Key(text)) }

    /// A name of all connected nodes; on a single node a name space of its own. Erlang: `{global, Name}`.
    public static func global(_ text: String) -> Self {
        Self(place: NamePlace(NameTable.Key(text, isGlobal: true)))
    }

    /// A key in a registry of one's own. Erlang: `{via, Module, Name}`.
    public static func via<Registry: NameRegistry>(_ registry: Registry, _ key: Registry.Key) -> Self {
        let via = UserVia(registry: registry, key: key)
        return Self(place: NamePlace(via: ViaPlace(via) { _ in registry.whereIs(key).flatMap(Node.cell) }))
    }

    init(place: NamePlace) { self.place = place }

    /// The server that has the name at this moment; nil if there is none or it is of another type.
    /// Erlang: `whereis/1`.
    @inlinable public func whereIs() -> ServerRef<Server>? {
        guard let cell = place.whereIs(ObjectIdentifier(Server.self)) else { return nil }
        return ServerRef(cell: unsafeDowncast(cell, to: BehaviorCell<Server>.self))
    }

    /// The identity of the server that has the name at this moment; nil if there is none or it is of another type.
    /// Many readers who want to know no more do not slow each other down. Erlang: `whereis/1`.
    @inlinable public var pid: PID? { place.pid(ObjectIdentifier(Server.self)) }

    /// The process that has the name, of whatever type.
    func lookUp(on node: Node) -> ProcessCell? { place.lookUp(on: node) }

    public var addressDescription: String { description }

    var isPrompt: Bool { place.via?.target.isPrompt ?? true }

    public var description: String {
        place.via?.description ?? place.key.description
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
        /// No process can be registered there: its registry does not run, or refuses the key although nobody has it.
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
    /// - Parameter replacing: Takes the name from whoever has it; that process lives on. `global:re_register_name/2`. Of a
    ///   ``NameRegistry``, or a registry's key, this is two steps: somebody else may get the key in between.
    /// - Throws: ``NameError``: the name is taken or empty, its registry refuses it, or the process has ended.
    public func register(_ server: ServerRef<Server>, replacing: Bool = false) throws(NameError) {
        if let problem { throw problem }
        // Before anybody loses it.
        if !server.cell.isNameable { throw NameError(code: .noProcess, name: description) }
        let node = server.cell.node
        if let via = place.via {
            if replacing { via.target.unregister(on: node) }
            switch via.register(server.cell) {
            case .given: break
            case .held(let holder): throw NameError(code: .taken(holder.pid), name: description)
            case .refused: throw refusal
            }
        } else if replacing {
            node.names.replace(place.key, server.cell)
        } else if let holder = node.names.register(place.key, server.cell) {
            throw NameError(code: .taken(holder.pid), name: description)
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
        guard let via = place.via else {
            if !node.names.unregister(place.key) { throw NameError(code: .unknown, name: description) }
            return
        }
        if via.find(node) == nil { throw NameError(code: .unknown, name: description) }
        via.target.unregister(on: node)
    }

    /// Why this is no name at all.
    @usableFromInline var problem: NameError? {
        guard let via = place.via else { return place.key.text.isEmpty ? NameError(code: .empty, name: "") : nil }
        return via.target.problem.map { NameError(code: .unusable($0), name: description) }
    }

    /// Registers a process that has not begun. Nil: done; otherwise who has the name, and the process itself if it cannot be
    /// given and nobody has it: see ``refusal``.
    @usableFromInline func claim(for cell: ProcessCell) -> ProcessCell? {
        guard let via = place.via else { return cell.node.names.register(place.key, cell) }
        return switch via.register(cell) {
        case .given: nil
        case .held(let holder): holder
        case .refused: cell
        }
    }

    /// A registry does not give the name to anybody.
    @usableFromInline var refusal: NameError {
        let why = place.via?.target.refusal ?? "the registry refuses the key and knows nobody alive who has it"
        return NameError(code: .unusable(why), name: description)
    }
}

extension Node {
    /// The local names that are in use on this node, with their holders, by name. Erlang: `registered/0`.
    public var registeredNames: [(name: String, pid: PID)] { names.all(areGlobal: false) }

    /// The global names that are in use, with their holders, by name. Erlang: `global:registered_names/0`.
    public var globalNames: [(name: String, pid: PID)] { names.all(areGlobal: true) }
}
