/// One run of applications as the main part of a program: can be told to end at any moment, any number of times.
package final class ApplicationsRun: Sendable {
    private struct State: Sendable {
        var controller: ServerRef<ApplicationController>?
        /// How long it may take to end; outer nil: nobody has asked for that.
        var stops: [Duration?] = []
    }

    private let applications: Applications
    private let state = LockedBox(State())
    private let killedChildren = LockedBox<[KilledChild]>([])

    /// A run on the current node.
    package init() { applications = Node.current.applications }

    /// Starts applications and what they depend on, all of them permanent, and returns when all have been stopped.
    ///
    /// Not to be called in a task that may be cancelled: the end takes its time.
    /// - Parameter limit: How long they may take to end if nobody says otherwise.
    /// - Throws: ``ApplicationError`` if one did not start or ended unexpectedly.
    package nonisolated(nonsending) func run(_ roots: [any OTPApplication.Type], within limit: Duration?) async throws {
        guard state.withLock({ $0.stops.isEmpty }) else { return }
        let node = applications.node
        let observation = node.reports.observe { [killedChildren] report in
            guard case .other(let report as SupervisorReport) = report, let killed = report.killedChild else { return }
            killedChildren.withLock { $0.append(killed) }
        }
        defer { node.reports.remove(observation) }
        let controller = try await ApplicationController.of(node)
        let watcher = try await controller.call { .willWatch(within: limit, $0) }
        let begun = state.withLock { state in
            state.controller = controller
            return state.stops.isEmpty
        }
        var failure: (any Error)?
        do {
            if begun { _ = try await applications.ensureAllStarted(roots, as: .permanent) }
        } catch let error as ApplicationError where error.isShuttingDown {
            // Somebody has asked for the end meanwhile, or another application has failed: that is the outcome.
        } catch {
            failure = error
        }
        let stops = state.withLock { $0.stops }
        // The end may have been asked for before there was anything to end.
        for limit in stops { controller.send(.shutdown(within: limit)) }
        if failure != nil, stops.isEmpty { controller.send(.shutdown(within: limit)) }
        let cause = try await controller.call(timeout: .unlimited) { .watch(watcher, $0) }
        if !stops.isEmpty { return try await applications.shutdown(within: nil) }
        if let failure { throw failure }
        switch cause {
        case .request: return
        case .failedToStart(let id, let error): throw ApplicationError(.failedToStart(error), id)
        case .ended(let id, let end):
            if !end.isChosen { throw ApplicationError(.ended(end.reason, end.error), id) }
        }
    }

    /// Begins to end all applications, the last one first. Of several limits the one that is over first counts; nil: as
    /// long as the children may take.
    package func stop(within limit: Duration?) {
        let controller = state.withLock {
            $0.stops.append(limit)
            return $0.controller
        }
        controller?.send(.shutdown(within: limit))
    }

    /// The children that did not end in time and were killed.
    package var killed: [KilledChild] { killedChildren.get() }
}

extension OTPApplication {
    /// Starts the application and what it depends on, all permanent, and returns when all have been stopped. For ordinary
    /// tasks, not for processes. Erlang: `application:ensure_all_started/2` as `permanent`.
    ///
    /// Returns when the task is cancelled, which stops all, the last one first; or when an application has ended by its
    /// own choice, which does the same. The program is not ended.
    /// - Parameter shutdownDeadline: How long all of it may take to end; what runs then is killed. Nil: as long as the
    ///   children may take.
    /// - Throws: ``ApplicationError`` if one did not start or ended unexpectedly.
    public nonisolated(nonsending) static func run(shutdownDeadline: Duration? = .seconds(25)) async throws {
        let run = ApplicationsRun()
        let running = Task { try await run.run([Self.self], within: shutdownDeadline) }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            run.stop(within: shutdownDeadline)
        }
    }
}

extension ApplicationError {
    var isShuttingDown: Bool {
        if case .shuttingDown = code { true } else { false }
    }
}
