/// A registry, by name: leads from keys to processes. Elixir: `Registry`; Erlang has none.
///
/// ```swift
/// extension RegistryName<Int, Void> { static var connections: Self { "connections" } }
/// extension RegistryName<String, ProcessRef<Event>> { static var subscribers: Self { "subscribers" } }
///
/// Supervisor(.oneForOne) {
///     Registry(.connections)                                       // a key leads to one process
///     Registry(.subscribers, keys: .duplicate)                     // or to several
///     Connection.child("first", name: .via(.connections, 1)) { … }
/// }
///
/// try RegistryName.subscribers.register("orders", inbox, for: me)
/// RegistryName.subscribers.dispatch("orders") { for (_, inbox) in $0 { inbox.send(event) } }
/// ```
///
/// A key and a value are of the registry's types. The name stays valid when the registry is restarted; the holders are
/// linked to it and end with it, so that nobody lives on who is not found any more, unless he traps exits.
///
/// **A process that has ended is never found**, not even before those that monitor it know, and its keys are free at
/// once. **Looking takes no lock** that other readers take, and works from anywhere; a registry that does not run knows
/// nobody. **Registering** is done by the process itself, from its own code. What stands in closures runs in the
/// caller, on a copy of the entries.
public struct RegistryName<Key: Hashable & Sendable, Value: Sendable>: Sendable, Hashable,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, CustomStringConvertible
{
    @usableFromInline let text: String

    public init(stringLiteral text: String) { self.text = text }

    /// A registry of the node on which it is used.
    public init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Whether it runs, on the current node.
    public var isRunning: Bool { core != nil }

    // MARK: the running registry

    /// Calls `body` with the running registry, without counting a reference; nil if it does not run.
    @inlinable func reading<Result>(_ body: (RegistryCore<Key, Value>) -> Result) -> Result? {
        Fixtures.registries._withUnsafeGuaranteedRef { reading(in: $0, body) }
    }

    /// The same among the registries of some node.
    @inlinable func reading<Result>(
        in fixtures: Fixtures, _ body: (RegistryCore<Key, Value>) -> Result
    ) -> Result? {
        let ticket = fixtures.enter()
        defer { fixtures.leave(ticket) }
        guard let found = fixtures.find(text) else { return nil }
        let isOurs = found._withUnsafeGuaranteedRef { type(of: $0) == RegistryCore<Key, Value>.self }
        guard isOurs else { return nil }
        return Unmanaged<RegistryCore<Key, Value>>.fromOpaque(found.toOpaque())._withUnsafeGuaranteedRef(body)
    }

    /// The process under a key that only one can have.
    @inlinable func holder(of key: Key, on node: Node) -> ProcessCell? {
        reading(in: node.registries) { $0.isUnique ? $0.firstCell(key) : nil } ?? nil
    }

    /// The running registry, to be kept for a while.
    var core: RegistryCore<Key, Value>? { reading { $0 } }

    /// The same on some node.
    @inlinable func core(on node: Node) -> RegistryCore<Key, Value>? { reading(in: node.registries) { $0 } }

    /// The running registry of a process's node, which is reached without counting a reference.
    @inlinable func core(of cell: ProcessCell) -> RegistryCore<Key, Value>? {
        cell.nodeRef._withUnsafeGuaranteedRef { core(on: $0) }
    }

    func running() throws(RegistryError) -> RegistryCore<Key, Value> {
        guard let core else { throw RegistryError(.notRunning, registry: text) }
        return core
    }
}
