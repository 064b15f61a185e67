/// Which application. Two are the same if they are the same type. Erlang: the name of an application.
public struct ApplicationID: Hashable, Sendable, CustomStringConvertible {
    /// The application itself.
    public let type: any OTPApplication.Type

    /// The identity of an application.
    public init(_ type: any OTPApplication.Type) { self.type = type }

    public static func == (a: ApplicationID, b: ApplicationID) -> Bool {
        ObjectIdentifier(a.type) == ObjectIdentifier(b.type)
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(type)) }

    public var description: String { type.name }
}

/// Everything that an application says of itself. Erlang: `application:get_all_key/1`; Elixir: `Application.spec/1`.
public struct ApplicationSpecification: Sendable {
    /// Which application.
    public let id: ApplicationID
    /// How it is called. Erlang: the name.
    public let name: String
    /// What it is. Erlang: `description`.
    public let summary: String
    /// Which version. Erlang: `vsn`.
    public let version: String
    /// What has to run before it. Erlang: `applications`, without those that are optional.
    public let dependencies: [ApplicationID]
    /// What is started before it, but need not run. Erlang: `optional_applications`.
    public let optionalDependencies: [ApplicationID]
    /// The names that its processes register. Erlang: `registered`.
    public let registeredNames: [String]
    /// The steps after the start of its tree, printed. Erlang: `start_phases`.
    public let startPhases: [String]
    /// How long it may run; nil: without limit. Erlang: `maxT`.
    public let maximumRunTime: Duration?
    /// Its settings as it declares them, whatever has been set since. Erlang: `env`.
    public let environment: [EnvironmentSetting]

    init(_ type: any OTPApplication.Type) {
        id = ApplicationID(type)
        name = type.name
        summary = type.summary
        version = type.version
        dependencies = type.dependencies.map(ApplicationID.init)
        optionalDependencies = type.optionalDependencies.map(ApplicationID.init)
        registeredNames = type.registeredNames
        startPhases = type.startPhases
        maximumRunTime = type.maximumRunTime
        environment = type.environment
    }
}

extension OTPApplication {
    fileprivate static var startPhases: [String] { StartPhase.allCases.map { "\($0)" } }

    /// Goes through the steps after the start of the tree.
    nonisolated(nonsending) func goThroughStartPhases() async throws {
        for phase in StartPhase.allCases { try await start(phase: phase) }
    }
}
