/// The settings of all applications: those that they declare, those of the configuration, and those that were put.
///
/// Loading an application sets what it declares, unless the configuration says otherwise; what was put before under
/// other names stays. What was put to stay comes before everything else.
struct EnvironmentTable: Sendable {
    private struct Entry: Sendable {
        var value: any Sendable
        var isPersistent = false
    }

    private var entries: [ApplicationID: [String: Entry]] = [:]
    private var configuration: [ApplicationID: [String: any Sendable]] = [:]
    /// What loaded applications declare.
    private var declared: [ApplicationID: [String: any Sendable]] = [:]

    subscript(name: String, application: ApplicationID) -> (any Sendable)? { entries[application]?[name]?.value }

    /// All settings of one application, by name.
    func all(of application: ApplicationID) -> [(name: String, value: any Sendable)] {
        (entries[application] ?? [:]).map { ($0.key, $0.value.value) }.sorted { $0.name < $1.name }
    }

    mutating func put(_ settings: [EnvironmentSetting], isPersistent: Bool) {
        for setting in settings {
            entries[setting.application, default: [:]][setting.name] =
                Entry(value: setting.value, isPersistent: isPersistent)
        }
    }

    mutating func delete(_ name: String, of application: ApplicationID) { entries[application]?[name] = nil }

    mutating func load(_ application: ApplicationID, _ settings: [EnvironmentSetting]) {
        declared[application] = Self.byName(settings.filter { $0.application == application })
        set(wanted(application), of: application)
    }

    /// Drops all but what was put to stay.
    mutating func unload(_ application: ApplicationID) {
        declared[application] = nil
        entries[application] = entries[application]?.filter(\.value.isPersistent)
    }

    /// Replaces the configuration: of several layers the later ones win. What is not loaded yet gets it when it is.
    ///
    /// - Returns: What is different, of loaded applications.
    mutating func configure(_ layers: [[EnvironmentSetting]]) -> [ApplicationID: ConfigurationChange] {
        let old = configuration
        configuration = Dictionary(grouping: layers.joined(), by: \.application).mapValues(Self.byName)
        var changes: [ApplicationID: ConfigurationChange] = [:]
        for application in declared.keys {
            let before = entries[application] ?? [:]
            let wanted = wanted(application)
            for name in (old[application] ?? [:]).keys where wanted[name] == nil {
                if before[name]?.isPersistent == false { entries[application]?[name] = nil }
            }
            set(wanted, of: application)
            let change = Self.change(from: before, to: entries[application] ?? [:])
            if !change.isEmpty { changes[application] = change }
        }
        return changes
    }

    /// What an application declares, with what the configuration says instead.
    private func wanted(_ application: ApplicationID) -> [String: any Sendable] {
        (declared[application] ?? [:]).merging(configuration[application] ?? [:]) { $1 }
    }

    private mutating func set(_ values: [String: any Sendable], of application: ApplicationID) {
        for (name, value) in values where entries[application]?[name]?.isPersistent != true {
            entries[application, default: [:]][name] = Entry(value: value)
        }
    }

    private static func byName(_ settings: [EnvironmentSetting]) -> [String: any Sendable] {
        Dictionary(settings.map { ($0.name, $0.value) }) { $1 }
    }

    private static func change(from old: [String: Entry], to new: [String: Entry]) -> ConfigurationChange {
        ConfigurationChange(
            changed: new.filter { name, entry in old[name].map { !same($0.value, entry.value) } ?? false }.keys
                .sorted(),
            added: new.keys.filter { old[$0] == nil }.sorted(), removed: old.keys.filter { new[$0] == nil }.sorted())
    }

    /// Values that can be compared are; others are the same if they print the same.
    private static func same(_ a: any Sendable, _ b: any Sendable) -> Bool {
        if let a = a as? AnyHashable, let b = b as? AnyHashable { return a == b }
        return String(reflecting: a) == String(reflecting: b)
    }
}
