/// The applications of a node: which are loaded, which run, and what starts and stops them. Erlang: `application`.
///
/// ```swift
/// try await Node.current.applications.ensureAllStarted(ShopApplication.self)
/// ```
public struct Applications: Sendable {
    let node: Node

    var table: ApplicationTable { .of(node) }

    // MARK: start and stop

    /// Starts an application, whose dependencies have to run, and waits until it is through its start phases. Erlang:
    /// `application:start/1,2`.
    ///
    /// Of several starts at once one is done, and all get its outcome. A permanent or transient application that does not
    /// start ends all others, as in Erlang.
    /// - Parameter type: What its end means to the others.
    /// - Throws: ``ApplicationError``: `.alreadyStarted`, `.dependencyNotStarted`, `.dependencyNotRunning`,
    ///   `.failedToStart`, `.foreignSetting`, `.shuttingDown`.
    public nonisolated(nonsending) func start(
        _ application: any OTPApplication.Type, as type: ApplicationType = .temporary
    ) async throws {
        try await ask { .start(ApplicationID(application), type, $0) }
    }

    /// Starts an application unless it runs. Erlang: `application:ensure_started/1,2`.
    ///
    /// - Throws: As ``start(_:as:)``, but no `.alreadyStarted`.
    public nonisolated(nonsending) func ensureStarted(
        _ application: any OTPApplication.Type, as type: ApplicationType = .temporary
    ) async throws {
        do { try await start(application, as: type) } catch let error as ApplicationError {
            guard case .alreadyStarted = error.code else { throw error }
        }
    }

    /// Starts applications and before them what they depend on, optional dependencies too, unless they run: what runs is
    /// left alone, and so is what it depends on. Erlang: `application:ensure_all_started/1,2`.
    ///
    /// If one fails, those that this call has started are stopped again; the error names the one that failed. So they are if
    /// the caller is cancelled, when the one that is being started is through.
    /// - Returns: Those that it started, in their order.
    /// - Throws: As ``start(_:as:)``; ``ApplicationError`` `.cycle` if some depend on each other: then nothing is started.
    @discardableResult public nonisolated(nonsending) func ensureAllStarted(
        _ applications: any OTPApplication.Type..., as type: ApplicationType = .temporary
    ) async throws -> [ApplicationID] {
        try await ensureAllStarted(applications, as: type)
    }

    /// The same of a list. Erlang: `application:ensure_all_started/1,2`.
    ///
    /// - Returns: Those that it started, in their order.
    /// - Throws: As for applications given one by one.
    @discardableResult public nonisolated(nonsending) func ensureAllStarted(
        _ applications: [any OTPApplication.Type], as type: ApplicationType = .temporary
    ) async throws -> [ApplicationID] {
        // First, for after the end of a controller nobody runs, as far as its successor knows.
        let controller = try await ApplicationController.of(node)
        let running = Set(running.map(\.id))
        let plan = StartPlan.of(applications.map(ApplicationID.init)) { id in
            running.contains(id) ? [] : (id.type.dependencies + id.type.optionalDependencies).map(ApplicationID.init)
        }
        guard case .order(let order) = plan else {
            guard case .cycle(let cycle) = plan else { return [] }
            throw ApplicationError(.cycle(cycle), cycle[0])
        }
        var started: [ApplicationID] = []
        for id in order {
            do { try Task.checkCancellation() } catch {
                await node.seeThrough { [started] in await stop(started.reversed()) }
                throw error
            }
            // A request, for what has become of it can be learnt by others, too.
            let request = controller.sendRequest { .start(id, type, $0) }
            do {
                if let error = try await request.response(timeout: nil).get() { throw error }
                started.append(id)
            } catch let error as ApplicationError where error.isAlreadyStarted {
                continue
            } catch {
                let undo = Array(started.reversed())
                let isOpen = Task.isCancelled
                // By another process, as the caller may be cancelled meanwhile.
                await node.seeThrough {
                    let response = isOpen ? try? await request.wait(timeout: nil) : nil
                    if let response, case .success(nil) = response { await stop([id]) }
                    await stop(undo)
                }
                throw error
            }
        }
        return started
    }

    private nonisolated(nonsending) func stop(_ applications: [ApplicationID]) async {
        for id in applications { try? await stop(id.type) }
    }

    /// Stops an application, whatever depends on it, and waits for it. Its type does not matter then.
    /// Erlang: `application:stop/1`.
    ///
    /// - Parameter limit: How long it may take; then it is killed. Nil: as long as its children may take.
    /// - Throws: ``ApplicationError`` `.notStarted`.
    public nonisolated(nonsending) func stop(
        _ application: any OTPApplication.Type, within limit: Duration? = nil
    ) async throws {
        try await ask { .stop(ApplicationID(application), within: limit, $0) }
    }

    /// Stops all applications, the last one first, and waits for it. The node and its other processes live on; the
    /// program is not ended: ``Node/shutdown(deadline:)`` ends the node too. Erlang: `init:stop/0`.
    ///
    /// Not for a process of an application, which would wait for its own end: ``beginShutdown(within:)`` does not wait. While it goes on no application is started. Given again, the earlier time limit counts.
    /// - Parameter limit: How long all of it may take; what runs then is killed. Nil: as long as the children may take.
    /// - Throws: ``CallError``, if what keeps the applications was killed meanwhile.
    public nonisolated(nonsending) func shutdown(within limit: Duration? = .seconds(25)) async throws {
        try await ask { .shutdown(within: limit, $0) }
    }

    /// Begins to stop all applications, as ``shutdown(within:)`` does, and does not wait: for a process of an application
    /// that wants all to end, itself among them. Never fails. Erlang: `init:stop/0`.
    ///
    /// - Parameter limit: How long all of it may take. Nil: as long as the children may take.
    public func beginShutdown(within limit: Duration? = .seconds(25)) {
        // Without a controller there is nothing to end.
        ApplicationController.running(on: node)?.send(.shutdown(within: limit))
    }

    /// What the shutdown of the node begins with.
    func endFirst(within limit: Duration) async {
        guard let controller = ApplicationController.running(on: node) else { return }
        // A controller that does not answer is killed with all that is left.
        let end = node.now + limit + limit / 10
        do {
            try Task.checkCancellation()
            _ = try await controller.call(timeout: limit + limit / 10) { .shutdown(within: limit, $0) }
        } catch {
            // The usual case after a signal. Who is to be stopped with them does not wait for himself.
            guard Task.isCancelled, current == nil else { return }
            await node.seeThrough {
                let left = max(end - node.now, .zero)
                _ = try? await controller.call(timeout: left) { .shutdown(within: limit, $0) }
            }
        }
    }

    /// Has `body` called, and waited for, before the first application is stopped by a shutdown, whether somebody asked
    /// for that or the end of an application did. Erlang: `shutdown_func` of `kernel`.
    ///
    /// - Throws: ``CallError``, if what keeps the applications was killed meanwhile.
    public nonisolated(nonsending) func onShutdown(
        _ body: @escaping @Sendable (ShutdownReason) async -> Void
    ) async throws {
        try await ApplicationController.of(node).call(timeout: .unlimited) { .onShutdown(body, $0) }
    }

    // MARK: what there is

    /// Makes the settings of an application available without starting it; a start does it by itself.
    /// Erlang: `application:load/1`.
    ///
    /// - Throws: ``ApplicationError`` `.alreadyLoaded`; `.foreignSetting` if it declares one of another application.
    public func load(_ application: any OTPApplication.Type) throws(ApplicationError) {
        guard try table.load(ApplicationSpecification(application)) else {
            throw ApplicationError(.alreadyLoaded, ApplicationID(application))
        }
    }

    /// Forgets an application and its settings. Erlang: `application:unload/1`.
    ///
    /// - Throws: ``ApplicationError`` `.notLoaded`, `.running`.
    public func unload(_ application: any OTPApplication.Type) throws(ApplicationError) {
        try table.unload(ApplicationID(application))
    }

    /// The applications that are loaded, by name. Erlang: `application:loaded_applications/0`.
    public var loaded: [ApplicationSpecification] { table.loaded.sorted { $0.name < $1.name } }

    /// The applications that run, in the order of their start. Erlang: `application:which_applications/0,1`.
    public var running: [ApplicationSpecification] { table.running }

    /// What an application says of itself; nil if it is not loaded. Elixir: `Application.spec/1`.
    public func specification(of application: any OTPApplication.Type) -> ApplicationSpecification? {
        table.specification(of: ApplicationID(application))
    }

    /// The settings of an application that have a value, by name. Erlang: `application:get_all_env/1`.
    public func settings(of application: any OTPApplication.Type) -> [(name: String, value: any Sendable)] {
        table.settings(of: ApplicationID(application))
    }

    /// The tree of a running application, also while it starts or stops. Erlang: `application:get_supervisor/1`.
    public func tree(of application: any OTPApplication.Type) -> SupervisorRef? {
        table.tree(of: ApplicationID(application))
    }

    /// The application to which a living process belongs: whose tree, or whose processes, have started it.
    /// Erlang: `application:get_application/1`.
    public func application(of pid: PID) -> ApplicationID? {
        Node.cell(pid)?.origin?.clan.flatMap(table.application)
    }

    /// The application of the process in which the caller runs. Erlang: `application:get_application/0`.
    public var current: ApplicationID? { CurrentProcess.cell.flatMap { application(of: $0.pid) } }

    // MARK: settings

    /// Sets several settings at once, of any applications. Erlang: `application:set_env/1,2`.
    ///
    /// - Parameter isPersistent: Whether each load of their applications sets them again.
    /// - Throws: ``ApplicationError`` `.duplicateSetting`; then nothing is set.
    public func put(_ settings: [EnvironmentSetting], isPersistent: Bool = false) throws(ApplicationError) {
        var names: [ApplicationID: Set<String>] = [:]
        for setting in settings where !names[setting.application, default: []].insert(setting.name).inserted {
            throw ApplicationError(.duplicateSetting(setting.name), setting.application)
        }
        table.put(settings, isPersistent: isPersistent)
    }

    /// Replaces the configuration, which comes before what applications declare, and tells running applications whose
    /// settings are others now, one after the other. Erlang: `application_controller:change_application_data/2`, and
    /// `config_change/1` for the telling.
    ///
    /// What is not loaded yet gets it when it is. Under a name that the application declares, or that the old or the new
    /// configuration has, what was put is lost; under any other name it stays. A name under which something was put to stay is
    /// left as it is. Two values are the same if their type is `Equatable` and says so, or if they are one object; of what cannot
    /// be compared, a function for instance, each one that is handed over is another.
    ///
    /// Several changes are made one after the other, each when the one before it has been told. So ``OTPApplication/configurationChanged(_:)``
    /// must not wait for another change: one that it asks for itself is not made; if it waits for somebody who waits for one,
    /// for the start of an application whose `start()` makes a change for instance, neither ever ends.
    /// - Parameter layers: Lists of settings; the later ones win.
    public nonisolated(nonsending) func changeConfiguration(_ layers: [EnvironmentSetting]...) async {
        await ConfigurationKeeper.change(layers, on: node)
    }

    private nonisolated(nonsending) func ask(
        _ call: (Reply<ApplicationError?>) -> ApplicationController.Call
    ) async throws {
        if let error = try await ApplicationController.of(node).call(timeout: .unlimited, call) { throw error }
    }
}

/// Why all applications are stopped.
public enum ShutdownReason: Sendable {
    /// Somebody asked for it.
    case requested
    /// A permanent or transient application did not start.
    case failedToStart(ApplicationID, any Error)
    /// An application ended, and by its type that ends all others.
    case ended(ApplicationID, ExitReason)

    init(_ cause: ShutdownCause) {
        self =
            switch cause {
            case .request: .requested
            case .failedToStart(let id, let error): .failedToStart(id, error)
            case .ended(let id, let end): .ended(id, end.reason)
            }
    }
}

extension Node {
    /// The applications of this node.
    public var applications: Applications { Applications(node: self) }
}

extension ApplicationError {
    var isAlreadyStarted: Bool {
        if case .alreadyStarted = code { true } else { false }
    }
}
