/// The settings of an application before a change of the configuration and after it. Values are compared by what their types
/// say, so never while a lock is held.
struct ConfigurationStep: Sendable {
    let before: EnvironmentTable.Values
    let after: EnvironmentTable.Values

    /// The names under which something is different.
    var change: ConfigurationChange {
        ConfigurationChange(
            changed: after.filter { name, value in before[name].map { !$0.isSame(as: value) } ?? false }.keys.sorted(),
            added: after.keys.filter { before[$0] == nil }.sorted(),
            removed: before.keys.filter { after[$0] == nil }.sorted())
    }
}
