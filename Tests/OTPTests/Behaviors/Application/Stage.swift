import Testing

@testable import OTP

/// An application whose life the test directs by its settings, which belong to the node.
protocol Staged: OTPApplication {}

extension Staged {
    /// Where it notes what is done to it.
    static var journal: EnvironmentKey<Self, Journal> { EnvironmentKey("journal") }
    /// How its start goes.
    static var mode: EnvironmentKey<Self, Switch> { EnvironmentKey("mode") }
    /// Its tree, in place of one with a single worker.
    static var tree: EnvironmentKey<Self, Supervisor> { EnvironmentKey("tree") }
    /// Run in the callback of this name.
    static func hook(_ name: String) -> EnvironmentKey<Self, @Sendable () async -> Void> { EnvironmentKey(name) }

    static func note(_ what: String) { journal.value?.note("\(what) \(name)") }

    func start() async throws -> Supervisor {
        Self.note("start")
        await Self.hook("start").value?()
        if let mode = Self.mode.value { try mode.start() }
        return Self.tree.value ?? Supervisor(ChildID(Self.name), .oneForOne) { ChildSpec.worker("worker") }
    }

    func prepareToStop() async {
        Self.note("prepare")
        await Self.hook("prepare").value?()
    }

    func stop() async {
        Self.note("stop")
        await Self.hook("stop").value?()
    }
}

struct DatabaseApp: Staged {
    static var name: String { "Database" }
}

struct CacheApp: Staged {
    static var name: String { "Cache" }
    static var dependencies: [any OTPApplication.Type] { [DatabaseApp.self] }
}

struct MetricsApp: Staged {
    static var name: String { "Metrics" }
}

struct APIApp: Staged {
    static var name: String { "API" }
    static var dependencies: [any OTPApplication.Type] { [CacheApp.self, DatabaseApp.self] }
    static var optionalDependencies: [any OTPApplication.Type] { [MetricsApp.self] }
}

/// A node with applications that note what is done to them.
struct ApplicationStage {
    let scene: Scene
    let journal = Journal()
    var applications: Applications { scene.me.node.applications }

    init(_ scene: Scene) {
        self.scene = scene
        prepare(DatabaseApp.self)
        prepare(CacheApp.self)
        prepare(MetricsApp.self)
        prepare(APIApp.self)
    }

    func prepare<A: Staged>(_ application: A.Type) { A.journal.put(journal, isPersistent: true) }

    /// The names of those that run.
    var running: [String] { applications.running.map(\.name) }

    /// Kills the tree of an application and waits until the application has ended.
    func killTree(of application: any OTPApplication.Type) async throws {
        try await scene.end(try need(applications.tree(of: application)).pid, .kill)
        try await scene.settle()
    }

    /// Kills the own process of an application and waits until nothing is left of it.
    func killMaster(of application: any OTPApplication.Type) async throws {
        let tree = try need(applications.tree(of: application))
        let master = try need(tree.server.cell.origin?.parent)
        try await scene.end(master, .kill)
        while applications.tree(of: application) != nil { try await scene.settle() }
    }
}

/// Plays a scene with applications, on virtual nodes with different orders of events.
func playApplications(
    seeds: Range<UInt64> = 0..<4, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (ApplicationStage) async throws -> Void
) {
    play(seeds: seeds, sourceLocation: sourceLocation) { try await body(ApplicationStage($0)) }
}

/// Runs what is expected to be refused, and returns why, and by which application.
func applicationRefusal(file: String = #fileID, line: Int = #line, _ body: () async throws -> Void) async throws
    -> String
{
    do { try await body() } catch let error as ApplicationError {
        return "\(error.application) \(error.code)".split(separator: "(").first.map(String.init) ?? ""
    }
    throw Unmet(description: "\(file):\(line): not refused")
}
