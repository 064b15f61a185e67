/// The settings of all applications: those that they declare, those of the configuration, and those that were put.
///
/// Loading an application sets what it declares, unless the configuration says otherwise; what was put before under
/// other names stays. What was put to stay is kept apart, and comes before both.
struct EnvironmentTable: Sendable {
    typealias Values = [String: StoredSetting]

    /// What is read.
    private var entries: [ApplicationID: Values] = [:]
    /// What was put to stay, whatever has become of it in `entries` since.
    private var persistent: [ApplicationID: Values] = [:]
    private var configuration: [ApplicationID: Values] = [:]
    /// What loaded applications declare.
    private var declared: [ApplicationID: Values] = [:]

    subscript(name: String, application: ApplicationID) -> (any Sendable)? { entries[application]?[name]?.value }

    /// All settings of one application, by name.
    func all(of application: ApplicationID) -> [(name: String, value: any Sendable)] {
        (entries[application] ?? [:]).map { ($0.key, $0.value.value) }.sorted { $0.name < $1.name }
    }

    mutating func put(_ settings: [EnvironmentSetting], isPersistent: Bool) {
        for setting in settings {
            let stored = StoredSetting(setting.value)
            entries[setting.application, default: [:]][setting.name] = stored
            if isPersistent { persistent[setting.application, default: [:]][setting.name] = stored }
        }
    }

    /// - Parameter isPersistent: Whether a load brings back neither what was put to stay nor what the configuration says.
    mutating func delete(_ name: String, of application: ApplicationID, isPersistent: Bool) {
        entries[application]?[name] = nil
        if isPersistent {
            persistent[application]?[name] = nil
            configuration[application]?[name] = nil
        }
    }

    mutating func load(_ application: ApplicationID, _ settings: [EnvironmentSetting]) {
        declared[application] = Self.byName(settings)
        lay(wanted(application).merging(persistent[application] ?? [:]) { $1 }, over: application)
    }

    /// Drops all; what was put to stay comes back when the application is loaded.
    mutating func unload(_ application: ApplicationID) {
        declared[application] = nil
        entries[application] = nil
    }

    /// Replaces the configuration: of several layers the later ones win. What is not loaded yet gets it when it is.
    ///
    /// - Returns: What loaded applications had and what they have.
    mutating func configure(_ layers: [[EnvironmentSetting]]) -> [ApplicationID: ConfigurationStep] {
        let old = configuration
        configuration = Dictionary(grouping: layers.joined(), by: \.application).mapValues(Self.byName)
        var steps: [ApplicationID: ConfigurationStep] = [:]
        for application in declared.keys {
            let before = entries[application] ?? [:]
            let wanted = wanted(application)
            let stays = persistent[application] ?? [:]
            for name in (old[application] ?? [:]).keys where wanted[name] == nil && stays[name] == nil {
                entries[application]?[name] = nil
            }
            lay(wanted.filter { stays[$0.key] == nil }, over: application)
            steps[application] = ConfigurationStep(before: before, after: entries[application] ?? [:])
        }
        return steps
    }

    /// What an application declares, with what the configuration says instead.
    private func wanted(_ application: ApplicationID) -> Values {
        (declared[application] ?? [:]).merging(configuration[application] ?? [:]) { $1 }
    }

    private mutating func lay(_ values: Values, over application: ApplicationID) {
        entries[application, default: [:]].merge(values) { $1 }
    }

    private static func byName(_ settings: [EnvironmentSetting]) -> Values {
        Dictionary(settings.map { ($0.name, StoredSetting($0.value)) }) { $1 }
    }
}
