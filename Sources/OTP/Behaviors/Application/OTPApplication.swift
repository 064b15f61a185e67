/// A part of a program that is started and stopped as a whole: a supervision tree, what it needs, and its settings.
/// Erlang: `application`; Elixir: `Application`.
///
/// ```swift
/// struct ShopApplication: OTPApplication {
///     static let port = EnvironmentKey<ShopApplication, Int>("port")
///
///     static var dependencies: [any OTPApplication.Type] { [DatabaseApplication.self] }
///     static var environment: [EnvironmentSetting] { [EnvironmentSetting(port, 8080)] }
///
///     func start() async throws -> Supervisor {
///         let port = try Self.port.fetch()
///         return Supervisor("shop", .oneForOne) { Web.child { try await Web(port: port, $0) } }
///     }
/// }
///
/// try await ShopApplication.run()     // the database first; until the task is cancelled or an application ends
/// ```
///
/// **Start**: what it depends on has to run; ``Applications/ensureAllStarted(_:as:)`` sees to that. Then `init`, ``start()``,
/// the tree, and one after the other the cases of ``StartPhase``. **Stop**: ``prepareToStop()``, the tree, ``stop()``; then
/// whatever processes of the application are left are killed. **Its end** when nobody asked for it is told to the others by
/// its ``ApplicationType``. **In a test** it is started on a node of the test's own.
///
/// What one function leaves for another, a file that ``start()`` opens and ``stop()`` closes, stands in the application
/// itself, of which there is one value for each run. A `let` that `init` fills is enough for most; what comes later needs a
/// class. Erlang: the state that `start/2` returns with the tree.
///
/// ```swift
/// final class ShopApplication: OTPApplication {
///     private let sales = Mutex<SalesFile?>(nil)
///
///     func start() async throws -> Supervisor {
///         let file = try await SalesFile.open()
///         sales.withLock { $0 = file }
///         return Supervisor("shop", .oneForOne) { Sales.child { Sales(file) } }
///     }
///     func stop() async { sales.withLock { $0 }?.close() }
/// }
/// ```
///
/// An application without a tree is a ``LibraryApplication``.
///
/// A program with one tree needs none of this: ``Supervisor/run(shutdownDeadline:)`` is enough. A library that brings a
/// tree should offer the ``Supervisor``, and leave it to the program where it stands. There are no included
/// applications: a tree that is to stand in another one is a value, and is put there.
public protocol OTPApplication: Sendable {
    /// The steps that follow when its tree has started, in the order of the cases. Erlang: `start_phases`.
    associatedtype StartPhase: CaseIterable & Sendable = NoStartPhase

    /// How it is called in lists and reports; unless given, as its type.
    static var name: String { get }
    /// What it is, in a few words. Erlang: `description`.
    static var summary: String { get }
    /// Which version of it this is. Erlang: `vsn`.
    static var version: String { get }
    /// What has to run before it is started. Erlang: `applications`.
    static var dependencies: [any OTPApplication.Type] { get }
    /// What is started before it by ``Applications/ensureAllStarted(_:as:)``, but need not run.
    /// Erlang: `optional_applications`.
    static var optionalDependencies: [any OTPApplication.Type] { get }
    /// The names that its processes register; for people. Erlang: `registered`.
    static var registeredNames: [String] { get }
    /// How long it may run, from the end of its start; then it is stopped, which counts as an end by its own choice. Nil, as
    /// it is unless given: without limit. Erlang: `maxT`.
    static var maximumRunTime: Duration? { get }
    /// Its settings as long as nobody sets others; none of another application. Erlang: `env`.
    static var environment: [EnvironmentSetting] { get }

    /// A new value for each start. What it throws is a start that failed.
    init() throws
    /// Makes the tree; what it throws is a start that failed. Runs in the application's own process.
    /// Erlang: `start/2`.
    nonisolated(nonsending) func start() async throws -> Supervisor
    /// One step after the start of the tree. What it throws is a start that failed; the tree is then stopped.
    /// Erlang: `start_phase/3`.
    nonisolated(nonsending) func start(phase: StartPhase) async throws
    /// Called before the tree is stopped on request, and before ``stop()`` when the tree has ended by itself. If the
    /// application's own process was killed: while the tree ends. Not when a start phase has failed. Erlang: `prep_stop/1`.
    nonisolated(nonsending) func prepareToStop() async
    /// Called when the tree has ended, for whatever reason, also if the application's own process was killed.
    /// Erlang: `stop/1`.
    nonisolated(nonsending) func stop() async
    /// Called when ``Applications/changeConfiguration(_:)`` has changed settings of the running application.
    /// Erlang: `config_change/3`.
    nonisolated(nonsending) func configurationChanged(_ change: ConfigurationChange) async
}

/// An application that has no tree: it is there for its dependencies, its settings and its callbacks. Erlang: a library
/// application, one without `mod`.
///
/// A protocol of its own, so that an application that has a tree cannot lose it to a ``start()`` of another shape.
public protocol LibraryApplication: OTPApplication {}

extension LibraryApplication {
    public func start() async throws -> Supervisor { Supervisor(ChildID(Self.name), .oneForOne) {} }
}

/// No steps after the start of the tree.
public enum NoStartPhase: CaseIterable, Sendable {}

extension OTPApplication {
    public static var name: String { "\(Self.self)" }
    public static var summary: String { "" }
    public static var version: String { "" }
    public static var dependencies: [any OTPApplication.Type] { [] }
    public static var optionalDependencies: [any OTPApplication.Type] { [] }
    public static var registeredNames: [String] { [] }
    public static var maximumRunTime: Duration? { nil }
    public static var environment: [EnvironmentSetting] { [] }

    public func prepareToStop() async {}
    public func stop() async {}
    public func configurationChanged(_ change: ConfigurationChange) async {}
}

extension OTPApplication where StartPhase == NoStartPhase {
    public func start(phase: NoStartPhase) async throws {}
}

/// What the end of an application that nobody asked for means to the others. Erlang: the restart type of an application,
/// though nothing is restarted.
public enum ApplicationType: Sendable, Hashable {
    /// All others are stopped, in reverse order, whatever the reason was.
    case permanent
    /// As permanent, unless it ended by its own choice: with the reason `normal`, or because its significant children
    /// had ended.
    case transient
    /// Nothing; it is reported. The default.
    case temporary
}
