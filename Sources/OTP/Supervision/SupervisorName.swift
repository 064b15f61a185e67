/// A name under which a supervisor is found, also after it was restarted. Erlang: `supervisor:sup_name()`.
///
/// ```swift
/// extension SupervisorName { static let storage: Self = "storage" }
/// ```
public struct SupervisorName: SupervisorAddress, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    let server: ServerName<SupervisorBehavior>

    /// A local name. Erlang: `{local, Name}`.
    public init(_ text: String) { server = ServerName(text) }

    public init(stringLiteral text: String) { self.init(text) }

    private init(server: ServerName<SupervisorBehavior>) { self.server = server }

    /// A name of all connected nodes; on a single node a name space of its own. Erlang: `{global, Name}`.
    public static func global(_ text: String) -> Self { Self(server: .global(text)) }

    /// A key in a registry of one's own. Erlang: `{via, Module, Name}`.
    public static func via<Registry: NameRegistry>(_ registry: Registry, _ key: Registry.Key) -> Self {
        Self(server: .via(registry, key))
    }

    /// The supervisor that has the name at this moment; nil if there is none.
    public var ref: SupervisorRef? { server.whereIs().map(SupervisorRef.init(server:)) }

    public var description: String { server.description }

    /// What it is called among its siblings unless told otherwise: the text of its name, or its key in a registry.
    var childID: ChildID {
        if let via = server.place.via { ChildID(via.keyText) } else { ChildID(description) }
    }
}
