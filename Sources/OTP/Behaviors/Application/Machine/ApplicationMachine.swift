/// Decides which application starts and stops when, and what the end of one means to the others. The controller tells it
/// what happens and does what it says.
struct ApplicationMachine: Sendable {
    typealias RequestID = UInt64

    /// What happens.
    enum Input: Sendable {
        /// Start it; what it needs has to run.
        case start(ApplicationID, needs: [ApplicationID], ApplicationType, RequestID)
        case stop(ApplicationID, RequestID)
        /// Stop all. Without a request nobody waits for it.
        case shutdown(RequestID?)
        /// Nothing is left to do before the first application may be stopped.
        case prepared
        /// The tree runs, the start phases are done.
        case started(ApplicationID)
        /// The start has failed; nothing of it runs any more.
        case failed(ApplicationID, any Error)
        /// It has ended; nothing of it runs any more.
        case ended(ApplicationID, ApplicationEnd)
    }

    /// What is to be done, in order.
    enum Action: Sendable {
        case begin(ApplicationID)
        /// Ask it to end, also while it starts. Maybe again, when there is less time.
        case end(ApplicationID)
        case answer(RequestID, ApplicationError?)
        case report(ApplicationReport)
        /// Whatever is to be done before the first application is stopped; `prepared` follows.
        case prepareShutdown(ShutdownCause)
        /// All applications have been stopped.
        case shutDown(ShutdownCause)
    }

    private struct Entry {
        enum Phase {
            case starting, running, stopping
            /// Of its own accord. Erlang: started, but not running.
            case ended
        }

        var type: ApplicationType
        var phase = Phase.starting
        var starters: [RequestID]
        var stoppers: [RequestID] = []
        /// Those who want it started again while it still stops.
        var successors: [(needs: [ApplicationID], type: ApplicationType, request: RequestID)] = []
    }

    private struct Shutdown {
        let cause: ShutdownCause
        var requests: [RequestID] = []
        /// What is being stopped now; nil as long as there is something to be done before.
        var current: ApplicationID?
    }

    private var entries: [ApplicationID: Entry] = [:]
    /// Those that start, run or stop, in the order of their start.
    private(set) var order: [ApplicationID] = []
    private var shutdown: Shutdown?
    private var actions: [Action] = []

    /// Those that run, in the order of their start.
    var running: [ApplicationID] { order.filter { entries[$0]?.phase == .running } }

    /// What the end of an application means to the others.
    func type(of id: ApplicationID) -> ApplicationType { entries[id]?.type ?? .temporary }

    /// Takes one input and returns what is to be done, in order.
    mutating func handle(_ input: Input) -> [Action] {
        switch input {
        case .start(let id, let needs, let type, let request): start(id, needs, type, request)
        case .stop(let id, let request): stop(id, request)
        case .shutdown(let request):
            beginShutdown(.request)
            if let request { shutdown?.requests.append(request) }
        case .prepared: if shutdown?.current == nil { stopNext() }
        case .started(let id): started(id)
        case .failed(let id, let error): failed(id, error)
        case .ended(let id, let end): ended(id, end)
        }
        defer { actions = [] }
        return actions
    }

    // MARK: start

    private mutating func start(
        _ id: ApplicationID, _ needs: [ApplicationID], _ type: ApplicationType, _ request: RequestID
    ) {
        if shutdown != nil { return refuse(request, .shuttingDown, id) }
        switch entries[id]?.phase {
        case .starting: entries[id]!.starters.append(request)
        case .running: refuse(request, .alreadyStarted, id)
        case .stopping: entries[id]!.successors.append((needs, type, request))
        case .ended, nil:
            for other in needs {
                switch entries[other]?.phase {
                case .running: continue
                case .ended: return refuse(request, .dependencyNotRunning(other), id)
                case .starting, .stopping, nil: return refuse(request, .dependencyNotStarted(other), id)
                }
            }
            entries[id] = Entry(type: type, starters: [request])
            order.append(id)
            actions.append(.begin(id))
        }
    }

    private mutating func started(_ id: ApplicationID) {
        guard let entry = entries[id] else { return }
        actions.append(.report(ApplicationReport(application: id, type: entry.type, event: .started)))
        for request in entry.starters { actions.append(.answer(request, nil)) }
        entries[id]!.starters = []
        if entry.phase == .starting { entries[id]!.phase = .running }
    }

    private mutating func failed(_ id: ApplicationID, _ error: any Error) {
        guard let entry = entries[id] else { return }
        for request in entry.starters { refuse(request, .failedToStart(error), id) }
        if entry.phase == .starting {
            actions.append(.report(ApplicationReport(application: id, type: entry.type, event: .failedToStart(error))))
            switch entry.type {
            case .temporary: break
            case .transient where isNormal(error): break
            case .transient, .permanent: beginShutdown(.failedToStart(id, error))
            }
        }
        leave(id, entry)
    }

    /// Whether the start exited with the reason `normal`, itself or the supervisor that it started.
    private func isNormal(_ error: any Error) -> Bool {
        if case .failed(.normal)? = (error as? StartError)?.code { return true }
        return ExitReason(thrown: error).isNormal
    }

    // MARK: end

    private mutating func stop(_ id: ApplicationID, _ request: RequestID) {
        switch entries[id]?.phase {
        case nil: refuse(request, .notStarted, id)
        case .ended:
            entries[id] = nil
            actions.append(.answer(request, nil))
        case .starting, .running, .stopping:
            entries[id]!.stoppers.append(request)
            entries[id]!.phase = .stopping
            actions.append(.end(id))
        }
    }

    private mutating func ended(_ id: ApplicationID, _ end: ApplicationEnd) {
        guard let entry = entries[id] else { return }
        for request in entry.starters { refuse(request, .failedToStart(end.error ?? Exit(end.reason)), id) }
        entries[id]!.starters = []
        if entry.phase == .stopping { return leave(id, entry) }
        actions.append(
            .report(
                ApplicationReport(
                    application: id, type: entry.type, event: .ended(end.reason, byChoice: end.isChosen))))
        entries[id]!.phase = .ended
        order.removeAll { $0 == id }
        switch entry.type {
        case .temporary: break
        case .transient where end.isChosen: break
        case .transient, .permanent: beginShutdown(.ended(id, end))
        }
        if shutdown?.current == id { stopNext() }
    }

    /// Forgets one that was asked to end, or did not start, and does what waited for that.
    private mutating func leave(_ id: ApplicationID, _ entry: Entry) {
        entries[id] = nil
        order.removeAll { $0 == id }
        for request in entry.stoppers { actions.append(.answer(request, nil)) }
        for next in entry.successors { start(id, next.needs, next.type, next.request) }
        if shutdown?.current == id { stopNext() }
    }

    // MARK: shutdown

    private mutating func beginShutdown(_ cause: ShutdownCause) {
        if shutdown != nil { return }
        shutdown = Shutdown(cause: cause)
        actions.append(.prepareShutdown(cause))
    }

    private mutating func stopNext() {
        guard let shutdown else { return }
        if let last = order.last {
            self.shutdown!.current = last
            entries[last]!.phase = .stopping
            return actions.append(.end(last))
        }
        self.shutdown = nil
        entries = [:]
        for request in shutdown.requests { actions.append(.answer(request, nil)) }
        actions.append(.shutDown(shutdown.cause))
    }

    private mutating func refuse(_ request: RequestID, _ code: ApplicationError.Code, _ id: ApplicationID) {
        actions.append(.answer(request, ApplicationError(code, id)))
    }
}

/// How an application ended.
struct ApplicationEnd: Sendable {
    /// With which reason its tree ended.
    let reason: ExitReason
    /// Whether it ended by its own choice: normally, or with its significant children.
    let isChosen: Bool
    /// What made its tree give up.
    var error: (any Error)?
}

/// Why all applications are stopped.
enum ShutdownCause: Sendable {
    case request
    case failedToStart(ApplicationID, any Error)
    case ended(ApplicationID, ApplicationEnd)
}
