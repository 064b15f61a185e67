import OTPTestKit
import Testing

@testable import OTP

/// Has settings, and notes when they change.
private struct Shop: OTPApplication {
    static let port = EnvironmentKey<Shop, Int>("port")
    static let host = EnvironmentKey<Shop, String>("host")
    static let color = EnvironmentKey<Shop, String>("color")
    static let changes = EnvironmentKey<Shop, Journal>("changes")

    static var summary: String { "sells things" }
    static var version: String { "1.2" }
    static var dependencies: [any OTPApplication.Type] { [DatabaseApp.self] }
    static var optionalDependencies: [any OTPApplication.Type] { [MetricsApp.self] }
    static var registeredNames: [String] { ["shop"] }
    static var environment: [EnvironmentSetting] { [EnvironmentSetting(port, 80), EnvironmentSetting(host, "::")] }

    func start() -> Supervisor {
        Supervisor("shop", .oneForOne) { Reader.child(name: "reader") { Reader() } }
    }

    func configurationChanged(_ change: ConfigurationChange) {
        Self.changes.value?.note("changed \(change.changed) added \(change.added) removed \(change.removed)")
    }
}

/// A setting that reads another one when it is compared and when it is freed.
private final class Curious: Hashable, Sendable {
    private let name: String
    private let node: Node
    private let journal: Journal

    init(_ name: String, _ node: Node, _ journal: Journal) {
        (self.name, self.node, self.journal) = (name, node, journal)
    }
    deinit { if node.applications.settings(of: Shop.self).count > 0 { journal.note("\(name) freed") } }

    static func == (a: Curious, b: Curious) -> Bool {
        if b.node.applications.settings(of: Shop.self).count > 0 { b.journal.note("\(b.name) compared") }
        return a === b
    }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A process of the shop that asks for what is its own application's.
private struct Reader: GenServer {
    enum Call: Sendable { case current(Reply<ApplicationID?>), port(Reply<Int?>) }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .current(let reply): reply(me.node.applications.current)
        case .port(let reply): reply(Shop.port.value)
        }
    }
}

@Suite struct ApplicationEnvironmentTests {
    @Test("AP-025 AP-026 what is loaded and what runs is listed with description and version, and says all of itself")
    func lists() {
        playApplications { stage in
            let applications = stage.applications
            try check(applications.specification(of: Shop.self) == nil)
            try applications.load(Shop.self)
            try check(
                applications.loaded.map { "\($0.name) \($0.summary) \($0.version)" }, is: ["Shop sells things 1.2"])
            try check(stage.running, is: [])
            try await applications.ensureAllStarted(Shop.self)
            try check(applications.loaded.map(\.name), is: ["Database", "Metrics", "Shop"])
            try check(stage.running, is: ["Database", "Metrics", "Shop"])
            try check(applications.specification(of: Shop.self)?.version, is: "1.2")
            try check(applications.specification(of: APIApp.self) == nil)
        }
    }

    @Test func `an application is loaded once, and cannot be unloaded while it runs`() {
        playApplications { stage in
            let applications = stage.applications
            try applications.load(DatabaseApp.self)
            try check(
                try await applicationRefusal { try applications.load(DatabaseApp.self) }, is: "Database alreadyLoaded")
            try await applications.start(DatabaseApp.self)
            try check(
                try await applicationRefusal { try applications.unload(DatabaseApp.self) }, is: "Database running")
            try await applications.stop(DatabaseApp.self)
            try applications.unload(DatabaseApp.self)
            try check(
                try await applicationRefusal { try applications.unload(DatabaseApp.self) }, is: "Database notLoaded")
        }
    }

    @Test("AP-029 what is not set has no value, or the one that is given instead")
    func get() {
        playApplications { stage in
            try check(Shop.port.value == nil)
            try check(Shop.port.value(default: 1), is: 1)
            try stage.applications.load(Shop.self)
            try check(Shop.port.value, is: 80)
            try check(Shop.port.value(default: 1), is: 80)
            try check(Shop.color.value == nil)
            // Of another type: no value.
            try check(EnvironmentKey<Shop, String>("port").value == nil)
        }
    }

    @Test(
        "AP-030 AP-031 several are set at once; loading sets what is declared and leaves the rest, unloading drops all")
    func put() {
        playApplications { stage in
            let applications = stage.applications
            try applications.put([
                EnvironmentSetting(Shop.port, 1), EnvironmentSetting(Shop.color, "red"), EnvironmentSetting(limit, 5),
            ])
            try check(Shop.port.value, is: 1)
            try check(limit.value, is: 5)
            try applications.load(Shop.self)
            try check(Shop.port.value, is: 80)
            try check(Shop.color.value, is: "red")
            Shop.port.put(2)
            try check(Shop.port.value, is: 2)
            try applications.unload(Shop.self)
            try check(applications.settings(of: Shop.self).isEmpty)
            try check(limit.value, is: 5)
        }
    }

    @Test("AP-032 what is set to stay comes before what is declared, and survives unload and load")
    func persistent() {
        playApplications { stage in
            let applications = stage.applications
            try applications.put([EnvironmentSetting(Shop.port, 1)], isPersistent: true)
            try applications.load(Shop.self)
            try check(Shop.port.value, is: 1)
            try check(Shop.host.value, is: "::")
            try applications.unload(Shop.self)
            // As everything else it is not to be read while the application is not loaded.
            try check(Shop.port.value == nil)
            try check(applications.settings(of: Shop.self).isEmpty)
            await applications.changeConfiguration([EnvironmentSetting(Shop.port, 7)])
            try applications.load(Shop.self)
            try check(Shop.port.value, is: 1)
        }
    }

    @Test func `what is set to stay is back at the next load, whatever was put or deleted in its place`() {
        playApplications { stage in
            let applications = stage.applications
            func reload() throws {
                try applications.unload(Shop.self)
                try applications.load(Shop.self)
            }
            await applications.changeConfiguration([EnvironmentSetting(Shop.host, "configured")])
            Shop.port.put(5, isPersistent: true)
            try applications.load(Shop.self)
            Shop.port.put(6)
            try check(Shop.port.value, is: 6)
            try reload()
            try check(Shop.port.value, is: 5)
            Shop.port.delete()
            Shop.host.delete()
            try check(Shop.port.value == nil && Shop.host.value == nil)
            try reload()
            try check(Shop.port.value, is: 5)
            try check(Shop.host.value, is: "configured")
            // Deleted so that it is to stay away, too: then what the application declares.
            Shop.port.delete(isPersistent: true)
            Shop.host.delete(isPersistent: true)
            try check(Shop.port.value == nil && Shop.host.value == nil)
            try reload()
            try check(Shop.port.value, is: 80)
            try check(Shop.host.value, is: "::")
        }
    }

    @Test func `a new configuration leaves alone what was set to stay, and what it does not name`() {
        playApplications { stage in
            let applications = stage.applications
            try applications.load(Shop.self)
            Shop.port.put(5, isPersistent: true)
            Shop.color.put("red")
            await applications.changeConfiguration([EnvironmentSetting(Shop.port, 7)])
            try check(Shop.port.value, is: 5)
            await applications.changeConfiguration([])
            try check(Shop.port.value, is: 5)
            try check(Shop.color.value, is: "red")
        }
    }

    @Test func `a new configuration undoes what was put under names that are declared or configured`() {
        playApplications { stage in
            let applications = stage.applications
            try applications.load(Shop.self)
            Shop.port.put(9)
            await applications.changeConfiguration([])
            try check(Shop.port.value, is: 80)
            await applications.changeConfiguration([EnvironmentSetting(Shop.color, "blue")])
            Shop.color.put("red")
            await applications.changeConfiguration([])
            try check(Shop.color.value == nil)
        }
    }

    @Test("AP-034 a list that sets the same twice is refused, and sets nothing")
    func duplicates() {
        playApplications { stage in
            let code = try await applicationRefusal {
                try stage.applications.put([
                    EnvironmentSetting(Shop.host, "a"), EnvironmentSetting(Shop.port, 1),
                    EnvironmentSetting(Shop.port, 2),
                ])
            }
            try check(code, is: "Shop duplicateSetting")
            try check(Shop.host.value == nil && Shop.port.value == nil)
        }
    }

    @Test("AP-035 AP-036 each item of a specification can be asked for, also by a process for its own application")
    func specification() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.ensureAllStarted(Shop.self)
            let specification = try need(applications.specification(of: Shop.self))
            try check(specification.name, is: "Shop")
            try check(specification.summary, is: "sells things")
            try check(specification.dependencies, is: [ApplicationID(DatabaseApp.self)])
            try check(specification.optionalDependencies, is: [ApplicationID(MetricsApp.self)])
            try check(specification.registeredNames, is: ["shop"])
            try check(specification.startPhases, is: [])
            try check(specification.environment.map(\.name), is: ["port", "host"])
            let reader: ServerName<Reader> = "reader"
            try check(try await reader.call { .current($0) }, is: ApplicationID(Shop.self))
            try check(try await reader.call { .port($0) }, is: 80)
            try check(applications.application(of: try need(reader.pid)), is: ApplicationID(Shop.self))
            try check(applications.current == nil)
            try check(applications.application(of: PID(node: 0, number: .max >> 20)) == nil)
        }
    }

    @Test("what a value does when it is compared, or freed, may read settings: no lock is held")
    func valuesThatReadSettings() {
        playApplications { stage in
            let applications = stage.applications
            let node = Node.current
            let key = EnvironmentKey<Shop, Curious>("curious")
            let journal = Journal()
            func curious(_ name: String) -> EnvironmentSetting { EnvironmentSetting(key, Curious(name, node, journal)) }
            await applications.changeConfiguration([curious("a")])
            try await applications.ensureAllStarted(Shop.self)
            await applications.changeConfiguration([curious("b")])
            try check(journal.take(), is: ["b compared", "a freed"])
            try applications.put([curious("c")])
            key.delete()
            await applications.changeConfiguration([])
            try check(journal.take(), is: ["c freed", "b freed"])
        }
    }

    @Test("AP-037 a new configuration goes layer by layer, reaches what is loaded later, and is told to what runs")
    func configuration() {
        playApplications { stage in
            let applications = stage.applications
            let journal = Journal()
            Shop.changes.put(journal, isPersistent: true)
            await applications.changeConfiguration(
                [EnvironmentSetting(Shop.port, 1), EnvironmentSetting(Shop.host, "a")],
                [EnvironmentSetting(Shop.port, 2)])
            try check(Shop.port.value == nil)
            try await applications.ensureAllStarted(Shop.self)
            try check(Shop.port.value, is: 2)
            try check(Shop.host.value, is: "a")
            try check(journal.take(), is: [])

            await applications.changeConfiguration(
                [EnvironmentSetting(Shop.port, 2), EnvironmentSetting(Shop.color, "red")],
                [EnvironmentSetting(limit, 5)])
            try check(Shop.host.value, is: "::")
            try check(limit.value == nil)
            try check(journal.take(), is: [#"changed ["host"] added ["color"] removed []"#])
            await applications.changeConfiguration([
                EnvironmentSetting(Shop.port, 4), EnvironmentSetting(limitOfShop, 1),
            ])
            try check(journal.take(), is: [#"changed ["port"] added ["limit"] removed ["color"]"#])
            await applications.changeConfiguration([EnvironmentSetting(Shop.port, 2)])
            try check(journal.take(), is: [#"changed ["port"] added [] removed ["limit"]"#])
            await applications.changeConfiguration([EnvironmentSetting(Shop.port, 2)])
            try check(journal.take(), is: [])
            await applications.changeConfiguration([])
            try check(Shop.port.value, is: 80)
            try check(journal.take(), is: [#"changed ["port"] added [] removed []"#])
            let change = ConfigurationChange(changed: ["port"])
            try check(change.contains(Shop.port) && !change.contains(Shop.host))
            // Nobody is told of what does not run any more.
            try await applications.stop(Shop.self)
            await applications.changeConfiguration([EnvironmentSetting(Shop.port, 3)])
            try check(journal.take(), is: [])
            try check(Shop.port.value, is: 3)
        }
    }

    @Test("AP-042 to fetch says what is wrong: not loaded, not set, or of another type; a setting can be deleted")
    func fetch() {
        playApplications { stage in
            let applications = stage.applications
            try check(try await applicationRefusal { _ = try Shop.port.fetch() }, is: "Shop notLoaded")
            try applications.load(Shop.self)
            try check(try Shop.port.fetch(), is: 80)
            try check(try await applicationRefusal { _ = try Shop.color.fetch() }, is: "Shop unset")
            do { _ = try EnvironmentKey<Shop, Bool>("port").fetch() } catch {
                try check(
                    "\(error)", is: "the setting \"port\" of application Shop is a Int: expected a Bool")
            }
            Shop.color.put("red")
            try check(applications.settings(of: Shop.self).map(\.name), is: ["color", "host", "port"])
            Shop.color.delete()
            Shop.port.delete()
            try check(applications.settings(of: Shop.self).map(\.name), is: ["host"])
        }
    }

    @Test func `settings belong to a node`() throws {
        for seed in [UInt64(1), 2] {
            let virtual = VirtualNode(seed: seed)
            try virtual.run { _ in
                #expect(Shop.port.value == nil)
                Shop.port.put(Int(seed))
            }
            try virtual.shutdown()
        }
    }
}

private let limit = EnvironmentKey<CacheApp, Int>("limit")
private let limitOfShop = EnvironmentKey<Shop, Int>("limit")
