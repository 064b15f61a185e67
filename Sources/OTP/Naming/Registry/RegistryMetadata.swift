/// Under what a registry keeps something about itself. Elixir: the key of `Registry.meta/2`.
///
/// ```swift
/// extension RegistryMetadataKey<Int> { static var limit: Self { "limit" } }
/// let limit = RegistryName.rooms.metadata(.limit)     // Int?
/// ```
public struct RegistryMetadataKey<Value: Sendable>: Sendable, Hashable, ExpressibleByStringLiteral {
    let text: String

    public init(stringLiteral text: String) { self.text = text }

    /// A key that prints as `text`; the same text with another type of value is the same key.
    public init(_ text: String) { self.text = text }
}

/// Something that a registry knows about itself from its start on. Elixir: the option `:meta`.
public struct RegistryMetadata: Sendable {
    let key: String
    let value: any Sendable

    /// Keeps `value` under `key`. Elixir: the option `meta` of `Registry`.
    public static func set<Value: Sendable>(_ key: RegistryMetadataKey<Value>, _ value: Value) -> Self {
        Self(key: key.text, value: value)
    }
}

/// What a registry knows about itself.
// @unchecked because the gate guards the table.
final class RegistryMetadataTable: @unchecked Sendable {
    private let gate = ReaderGate()
    private var table = ProbeTable<String, any Sendable>()

    init(_ initial: [RegistryMetadata]) { for entry in initial { put(entry.key, entry.value) } }

    deinit { table.destroy() }

    func get(_ key: String) -> (any Sendable)? {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        return table.find(key)?.pointee
    }

    func put(_ key: String, _ value: any Sendable) {
        let old = gate.write { () -> (any Sendable)? in
            defer { table.insert(key, value) }
            return table.remove(key)
        }
        _ = old
    }

    func delete(_ key: String) {
        let old = gate.write { table.remove(key) }
        _ = old
    }
}

extension RegistryName {
    /// What the registry keeps under the key; nil if nothing, or if the registry does not run. Elixir:
    /// `Registry.meta/2`.
    public func metadata<Data: Sendable>(_ key: RegistryMetadataKey<Data>) -> Data? {
        core?.metadata.get(key.text) as? Data
    }

    /// Keeps `value` under the key for as long as the registry runs. Elixir: `Registry.put_meta/3`.
    ///
    /// - Throws: ``RegistryError`` `.notRunning`.
    public func putMetadata<Data: Sendable>(
        _ key: RegistryMetadataKey<Data>, _ value: Data
    ) throws(RegistryError) {
        try running().metadata.put(key.text, value)
    }

    /// Forgets what is kept under the key. Elixir: `Registry.delete_meta/2`.
    ///
    /// - Throws: ``RegistryError`` `.notRunning`.
    public func deleteMetadata<Data: Sendable>(_ key: RegistryMetadataKey<Data>) throws(RegistryError) {
        try running().metadata.delete(key.text)
    }
}
