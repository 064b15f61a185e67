/// A setting of an application, by name and type. Erlang: a parameter of `env`.
///
/// ```swift
/// extension ShopApplication { static let port = EnvironmentKey<ShopApplication, Int>("port") }
///
/// let port = ShopApplication.port.value(default: 8080)
/// ```
///
/// Read and set on the current node, from anywhere, at any time, without asking a process.
public struct EnvironmentKey<Application: OTPApplication, Value: Sendable>: Sendable, Hashable {
    /// The name within the application.
    public let name: String

    /// The setting with this name.
    public init(_ name: String) { self.name = name }

    private var table: ApplicationTable { .of(.current) }
    private var id: ApplicationID { ApplicationID(Application.self) }

    /// What is set; nil if nothing is, or something of another type. Erlang: `application:get_env/2`.
    public var value: Value? {
        // Asked for apart: to an optional `Value`, no setting at all could be cast as well.
        guard let found = table.setting(name, of: id) else { return nil }
        return found as? Value
    }

    /// What is set, or else `fallback`. Erlang: `application:get_env/3`.
    public func value(default fallback: Value) -> Value { value ?? fallback }

    /// What is set. Elixir: `Application.fetch_env!/2`.
    ///
    /// - Throws: ``ApplicationError``: `.notLoaded` if the application is not, and nothing is set; `.unset`; `.wrongType`.
    public func fetch() throws(ApplicationError) -> Value {
        guard let found = table.setting(name, of: id) else {
            throw ApplicationError(table.isLoaded(id) ? .unset(name) : .notLoaded, id)
        }
        guard let value = found as? Value else {
            let code = ApplicationError.Code.wrongType(
                name, found: "\(Swift.type(of: found))", expected: "\(Value.self)")
            throw ApplicationError(code, id)
        }
        return value
    }

    /// Sets it at once, also if the application is not loaded. Erlang: `application:set_env/3,4`.
    ///
    /// - Parameter isPersistent: Whether each load of the application sets it again, in place of what the application
    ///   declares, until it is put so or deleted so another time. From an unload to the next load it has no value.
    public func put(_ value: Value, isPersistent: Bool = false) {
        table.put([EnvironmentSetting(self, value)], isPersistent: isPersistent)
    }

    /// Unsets it. Erlang: `application:unset_env/2,3`; Elixir: `Application.delete_env/2,3`.
    ///
    /// - Parameter isPersistent: Whether the next load sets only what the application declares: what was put to stay and
    ///   what the configuration says is forgotten. Otherwise a load brings these back.
    public func delete(isPersistent: Bool = false) { table.delete(name, of: id, isPersistent: isPersistent) }
}

/// A key and its value, for lists of settings. Erlang: an element of `env`.
public struct EnvironmentSetting: Sendable {
    /// Which application.
    public let application: ApplicationID
    /// The name of the setting.
    public let name: String
    /// What it is set to.
    public let value: any Sendable

    /// `key` is set to `value`.
    public init<Application, Value>(_ key: EnvironmentKey<Application, Value>, _ value: Value) {
        application = ApplicationID(Application.self)
        name = key.name
        self.value = value
    }
}

/// Which settings of a running application have become others. Erlang: the arguments of `config_change/3`.
public struct ConfigurationChange: Sendable, Equatable {
    /// The names of those that have another value.
    public var changed: [String] = []
    /// The names of those that had no value.
    public var added: [String] = []
    /// The names of those that have none any more.
    public var removed: [String] = []

    /// Whether nothing is different.
    public var isEmpty: Bool { changed.isEmpty && added.isEmpty && removed.isEmpty }

    /// Whether this setting is different.
    public func contains<Application, Value>(_ key: EnvironmentKey<Application, Value>) -> Bool {
        changed.contains(key.name) || added.contains(key.name) || removed.contains(key.name)
    }

    /// Public for tests of code that handles changes.
    public init(changed: [String] = [], added: [String] = [], removed: [String] = []) {
        self.changed = changed
        self.added = added
        self.removed = removed
    }
}
