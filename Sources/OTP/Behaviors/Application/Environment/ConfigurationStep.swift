/// The settings of an application before a change of the configuration and after it. Values are compared by what their types
/// say, so never while a lock is held.
struct ConfigurationStep: Sendable {
    let before: EnvironmentTable.Values
    let after: EnvironmentTable.Values

    /// The names under which something is different.
    var change: ConfigurationChange {
        ConfigurationChange(
            changed: after.filter { name, value in before[name].map { !Self.same($0, value) } ?? false }.keys.sorted(),
            added: after.keys.filter { before[$0] == nil }.sorted(),
            removed: before.keys.filter { after[$0] == nil }.sorted())
    }

    /// Values that can be compared are; others are the same if they print the same.
    private static func same(_ a: any Sendable, _ b: any Sendable) -> Bool {
        if let a = a as? AnyHashable, let b = b as? AnyHashable { return a == b }
        return String(reflecting: a) == String(reflecting: b)
    }
}
