/// What happened in a registry. Elixir: the messages to a registry's `:listeners`.
public enum RegistryEvent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A process has registered. If it or the registry ends at that moment, `register` throws, and what follows is
    /// ``unregistered(_:key:pid:)``.
    case registered(RegistryName<Key, Value>, key: Key, pid: PID, value: Value)
    /// A process is no longer registered under the key, by its own wish, because it has ended, or because
    /// the registry, or the part of it that had the key, has failed.
    case unregistered(RegistryName<Key, Value>, key: Key, pid: PID)
}

/// A process that is told what happens in a registry, before whoever causes it goes on.
/// Elixir: the option `listeners` of `Registry`.
///
/// ```swift
/// Registry(.rooms, listeners: [RegistryListener(.audit) { .room($0) }])
/// ```
public struct RegistryListener<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let tell: @Sendable (RegistryEvent<Key, Value>) -> Void

    /// - Parameters:
    ///   - server: Who is told; a name stays valid when its server is restarted.
    ///   - message: Turns the event into one of its messages. Runs wherever the event happens: it is to be short.
    public init<Server: ProcessBehavior>(
        _ server: ServerName<Server>, _ message: @escaping @Sendable (RegistryEvent<Key, Value>) -> Server.Info
    ) {
        tell = { server.send(message($0)) }
    }

    /// - Parameters:
    ///   - server: Who is told.
    ///   - message: Turns the event into one of its messages. Runs wherever the event happens: it is to be short.
    public init<Address: ServerAddress>(
        to server: Address, _ message: @escaping @Sendable (RegistryEvent<Key, Value>) -> Address.Server.Info
    ) {
        tell = { server.send(message($0)) }
    }
}
