public import OTP

/// A database, what caches its answers, and what offers them to others: three applications, each with what it needs before
/// it. `try await APIApplication.run()` starts all of them and stops them in reverse order.
public struct DatabaseApplication: OTPApplication {
    public static let url = EnvironmentKey<DatabaseApplication, String>("url")

    public static var summary: String { "keeps everything" }
    public static var environment: [EnvironmentSetting] { [EnvironmentSetting(url, "memory")] }

    public init() {}

    public func start() async throws -> Supervisor {
        let url = try Self.url.fetch()
        return Supervisor("database", .oneForOne) {
            Worker.child("connection", name: .worker("database")) { Worker(name: "database at \(url)") }
        }
    }
}

public struct CacheApplication: OTPApplication {
    /// Steps after the start: whoever depends on a cache gets a warm one.
    public enum StartPhase: CaseIterable, Sendable { case warmUp }

    public static let limit = EnvironmentKey<CacheApplication, Int>("limit")

    public static var dependencies: [any OTPApplication.Type] { [DatabaseApplication.self] }
    public static var environment: [EnvironmentSetting] { [EnvironmentSetting(limit, 1_000)] }

    public init() {}

    public func start() -> Supervisor {
        Supervisor("caching", .oneForOne) {
            Cache<String, String>.child(name: .answers) { Cache(limit: Self.limit.value(default: 1_000)) }
        }
    }

    public func start(phase: StartPhase) async throws {
        switch phase {
        case .warmUp: try await ServerName.answers.put("motd", ServerName.worker("database").call { .name($0) })
        }
    }
}

public struct APIApplication: OTPApplication {
    public static var dependencies: [any OTPApplication.Type] { [CacheApplication.self, DatabaseApplication.self] }

    public init() {}

    public func start() -> Supervisor {
        Supervisor("api", .oneForOne) { Worker.child("http", name: .worker("api")) { Worker(name: "api") } }
    }
}

extension ServerName<Cache<String, String>> { public static var answers: Self { "answers" } }
