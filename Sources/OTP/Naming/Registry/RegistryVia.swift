extension ServerName {
    /// A key in a registry: valid over restarts of the server and of the registry. Elixir:
    /// `{:via, Registry, {registry, key}}`.
    ///
    /// Who starts under the name is registered with the value `Void` or nil; a registry with other values needs
    /// ``via(_:_:value:)`` for that. A registry of duplicate keys cannot be used: the start fails, saying so.
    @inlinable public static func via<Key, Value>(_ registry: RegistryName<Key, Value>, _ key: Key) -> Self {
        Self(registry, key, .none) { registry.holder(of: key, on: $0) }
    }

    /// A key in a registry, with the value with which the server is registered there. Elixir:
    /// `{:via, Registry, {registry, key, value}}`.
    @inlinable public static func via<Key, Value>(
        _ registry: RegistryName<Key, Value>, _ key: Key, value: Value
    ) -> Self {
        Self(registry, key, value) { registry.holder(of: key, on: $0) }
    }

    /// - Parameters:
    ///   - value: Nil: that of a type that says nothing.
    ///   - find: See ``ViaPlace``.
    @usableFromInline init<Key, Value>(
        _ registry: RegistryName<Key, Value>, _ key: Key, _ value: Value?,
        _ find: @escaping @Sendable (Node) -> ProcessCell?
    ) {
        let via = RegistryVia(registry: registry, key: key, value: value ?? Empty.value())
        self.init(place: NamePlace(via: ViaPlace(via, find: find)))
    }
}

/// Finds the value of a type that says nothing.
private enum Empty {
    static func value<Value>() -> Value? {
        if let void = () as? Value { return void }
        return (Value.self as? any ExpressibleByNilLiteral.Type).flatMap { $0.init(nilLiteral: ()) as? Value }
    }
}

/// A key in a registry, as a name.
struct RegistryVia<Key: Hashable & Sendable, Value: Sendable>: ViaTarget {
    private struct Identity: Hashable {
        let registry: RegistryName<Key, Value>
        let key: Key
    }

    let registry: RegistryName<Key, Value>
    let key: Key
    /// Nil if there is none to register with.
    let value: Value?

    var registryText: String { registry.text }
    var keyText: String { "\(key)" }
    var anyKey: any Hashable & Sendable { key }
    var identity: AnyHashable { AnyHashable(Identity(registry: registry, key: key)) }

    var problem: String? {
        guard let core = registry.core else { return RegistryError(.notRunning, registry: registry.text).description }
        if !core.isUnique { return RegistryError(.duplicateKeys, registry: registry.text).description }
        if value == nil {
            return "registry \(registry.text) keeps a \(Value.self) with each key: say which, with `via(_:_:value:)`"
        }
        return nil
    }

    var refusal: String? {
        if let core = registry.core, core.processes.count == core.partitionCount { return nil }
        return RegistryError(.notRunning, registry: registry.text).description
    }

    func register(_ cell: ProcessCell) -> Bool {
        guard let value, let core = registry.core(on: cell.node), core.isUnique else { return false }
        do throws(RegistryError) {
            try core.register(key, value, cell)
            return true
        } catch {
            // Of a process that has ended meanwhile nobody asks whether it has a name.
            if case .noProcess = error.code { return true }
            return false
        }
    }

    func unregister(on node: Node) {
        guard let core = registry.core(on: node), let holder = core.firstCell(key) else { return }
        core.unregister(key, holder)
    }
}
