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

    init(server: ServerName<SupervisorBehavior>) { self.server = server }

    /// A name of all connected nodes; on a single node a name space of its own. Erlang: `{global, Name}`.
    public static func global(_ text: String) -> Self { Self(server: .global(text)) }

    /// A key in a registry of one's own. Erlang: `{via, Module, Name}`.
    public static func via<Registry: NameRegistry>(_ registry: Registry, _ key: Registry.Key) -> Self {
        Self(server: .via(registry, key))
    }

    /// A key in a registry: valid over restarts of the supervisor. Elixir: `{:via, Registry, {registry, key}}`.
    ///
    /// The supervisor is registered with the value `Void` or nil; a registry with other values needs
    /// ``via(_:_:value:)`` for that. The registry's keys are unique. When the registry ends the supervisor lives on without
    /// its name, for it traps exits; below a `.restForOne` supervisor, after the registry, both are started again.
    public static func via<Key, Value>(_ registry: RegistryName<Key, Value>, _ key: Key) -> Self {
        Self(server: .via(registry, key))
    }

    /// A key in a registry, with the value with which the supervisor is registered there. Elixir:
    /// `{:via, Registry, {registry, key, value}}`.
    public static func via<Key, Value>(_ registry: RegistryName<Key, Value>, _ key: Key, value: Value) -> Self {
        Self(server: .via(registry, key, value: value))
    }

    /// The supervisor that has the name at this moment; nil if there is none.
    public var ref: SupervisorRef? { server.whereIs().map(SupervisorRef.init(server:)) }

    public var description: String { server.description }

    /// What it is called among its siblings unless told otherwise.
    var childID: ChildID { server.childID }
}

extension ServerName {
    /// What a process is called among its siblings that has the name, unless told otherwise: the text, local or global, or the
    /// key in a registry.
    @usableFromInline var childID: ChildID { place.via.map { ChildID($0.key) } ?? ChildID(place.key.text) }
}
