/// The process that starts and stops the applications of its node, one at most. Erlang: `application_controller`.
struct ApplicationController: GenServer {
    enum Call: Sendable {
        case start(ApplicationID, ApplicationType, Reply<ApplicationError?>)
        case stop(ApplicationID, within: Duration?, Reply<ApplicationError?>)
        case shutdown(within: Duration?, Reply<ApplicationError?>)
        /// Somebody will want to know of the next shutdown, which is to take no longer if nobody says otherwise.
        case willWatch(within: Duration?, Reply<UInt64>)
        /// Answered when all applications have been stopped since.
        case watch(UInt64, Reply<ShutdownCause>)
        case onShutdown(ShutdownHook, Reply<Void>)
    }

    enum Info: Sendable {
        case started(ApplicationID, UInt64)
        case down(ApplicationID, UInt64, ExitReason)
        case timeOver(ApplicationID, UInt64)
        case prepared
        case preparationTimeOver
        case shutdown(within: Duration?)
    }

    typealias ShutdownHook = @Sendable (ShutdownReason) async -> Void

    static let name: ServerName<ApplicationController> = "otp application controller"

    private let table: ApplicationTable
    private var machine = ApplicationMachine()
    private var requests: [ApplicationMachine.RequestID: Reply<ApplicationError?>] = [:]
    private var requestCount: ApplicationMachine.RequestID = 0
    private var watchers: [UInt64: Watcher] = [:]
    private var watcherCount: UInt64 = 0
    private var hooks: [ShutdownHook] = []
    private var lives: [ApplicationID: Run] = [:]
    private var lifeCount: UInt64 = 0
    /// By when everything is to have ended, while all applications are stopped.
    private var shutdownDeadline: Duration?
    private var preparation: PID?

    /// Somebody who wants to know of the next shutdown.
    private struct Watcher {
        let limit: Duration?
        var reply: Reply<ShutdownCause>?
        var cause: ShutdownCause?
    }

    /// One run of an application, as its controller sees it.
    private struct Run {
        let life: ApplicationLife
        let process: ProcessRef<ApplicationLife.Message>
        var deadline: Duration?
        var isAsked = false
        var isOverdue = false

        mutating func shorten(to deadline: Duration) {
            self.deadline = self.deadline.map { min($0, deadline) } ?? deadline
        }
    }

    init(_ me: Me) {
        table = .of(me.node)
        table.forgetRunning()
        // Unowned, as nodes are never freed.
        me.node.endsFirst.set { [unowned node = me.node] in await node.applications.endFirst(within: $0) }
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .start(let id, let type, let reply):
            do { _ = try table.load(ApplicationSpecification(id.type)) } catch { return reply(error) }
            feed(.start(id, needs: id.type.dependencies.map(ApplicationID.init), type, request(reply)), me)
        case .stop(let id, let limit, let reply):
            if let limit { lives[id]?.shorten(to: me.node.now + limit) }
            feed(.stop(id, request(reply)), me)
        case .shutdown(let limit, let reply): shutdown(within: limit, request(reply), me)
        case .willWatch(let limit, let reply):
            watcherCount += 1
            watchers[watcherCount] = Watcher(limit: limit)
            return reply(watcherCount)
        case .watch(let number, let reply):
            watchers[number]?.reply = reply
            tellWatchers()
        case .onShutdown(let hook, let reply):
            hooks.append(hook)
            return reply()
        }
        return .receive
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .started(let id, let number):
            if lives[id]?.life.number == number { feed(.started(id), me) }
        case .down(let id, let number, let reason):
            if let run = lives[id], run.life.number == number { ended(id, run, reason, me) }
        case .timeOver(let id, let number):
            if let run = lives[id], run.life.number == number { kill(id, run, me) }
        case .prepared:
            guard preparation != nil else { break }
            preparation = nil
            feed(.prepared, me)
        case .preparationTimeOver:
            if let preparation, let shutdownDeadline, shutdownDeadline <= me.node.now {
                me.sendExit(.kill, to: preparation)
            }
        case .shutdown(let limit): shutdown(within: limit, nil, me)
        }
        return .receive
    }

    private mutating func request(_ reply: Reply<ApplicationError?>) -> ApplicationMachine.RequestID {
        requestCount += 1
        requests[requestCount] = reply
        return requestCount
    }

    // MARK: what the machine says

    private mutating func feed(_ input: ApplicationMachine.Input, _ me: Me) {
        let actions = machine.handle(input)
        table.setRunning(machine.running)
        for action in actions {
            switch action {
            case .begin(let id): begin(id, me)
            case .end(let id): end(id, me)
            case .answer(let request, let error): requests.removeValue(forKey: request)?.send(error)
            case .report(let report):
                if case .started = report.event, !me.node.reportsProgress { continue }
                me.node.report(.other(report))
            case .prepareShutdown(let cause): prepare(cause, me)
            case .shutDown(let cause):
                shutdownDeadline = nil
                for number in watchers.keys where watchers[number]!.cause == nil { watchers[number]!.cause = cause }
                tellWatchers()
            }
        }
    }

    private mutating func tellWatchers() {
        for (number, watcher) in watchers {
            guard let reply = watcher.reply, let cause = watcher.cause else { continue }
            watchers[number] = nil
            reply.send(cause)
        }
    }

    private mutating func begin(_ id: ApplicationID, _ me: Me) {
        lifeCount += 1
        let number = lifeCount
        let life = ApplicationLife(id, number: number, on: me.node, controller: me.ref, table: table)
        let process = me.spawnFounder(
            of: life.clan, receiving: ApplicationLife.Message.self, { .down(id, number, $0.reason) },
            body: { try await life.run($0) })
        lives[id] = Run(life: life, process: process)
    }

    private mutating func end(_ id: ApplicationID, _ me: Me) {
        if let shutdownDeadline { lives[id]?.shorten(to: shutdownDeadline) }
        guard let run = lives[id] else { return }
        lives[id]!.isAsked = true
        var treeDeadline: Duration?
        if let deadline = run.deadline {
            // A tenth of the time is kept for what comes after the tree.
            let left = max(deadline - me.node.now, .zero)
            treeDeadline = me.node.now + left * 9 / 10
            me.send(.timeOver(id, run.life.number), after: left)
        }
        if !run.isAsked {
            run.process.send(.stop(by: treeDeadline))
            // It does not read that while it stops for another reason.
            if let treeDeadline { run.life.hurry(by: treeDeadline) }
        } else if let treeDeadline {
            run.life.endTree(by: treeDeadline)
        }
    }

    private mutating func shutdown(within limit: Duration?, _ request: ApplicationMachine.RequestID?, _ me: Me) {
        if let limit {
            let deadline = me.node.now + limit
            shutdownDeadline = shutdownDeadline.map { min($0, deadline) } ?? deadline
            armPreparation(me)
            for (id, run) in lives where run.isAsked { end(id, me) }
        }
        feed(.shutdown(request), me)
    }

    /// Calls what is to be called before the first application is stopped.
    private mutating func prepare(_ cause: ShutdownCause, _ me: Me) {
        if case .request = cause {
            // As long as was said then.
        } else if let limit = watchers.isEmpty ? .seconds(25) : watchers.values.compactMap(\.limit).min() {
            shutdownDeadline = me.node.now + limit
        }
        let hooks = hooks
        let reason = ShutdownReason(cause)
        let (process, _) = me.spawnMonitor({ _ in .prepared }) { _ in
            for hook in hooks { await hook(reason) }
        }
        preparation = process.pid
        armPreparation(me)
    }

    private func armPreparation(_ me: Me) {
        guard preparation != nil, let shutdownDeadline else { return }
        me.send(.preparationTimeOver, after: max(shutdownDeadline - me.node.now, .zero))
    }

    // MARK: ends

    private mutating func ended(_ id: ApplicationID, _ run: Run, _ reason: ExitReason, _ me: Me) {
        let life = run.life
        if let outcome = life.outcome.get() { return conclude(id, run, outcome, me) }
        if run.isOverdue { return conclude(id, run, .ended(ApplicationEnd(reason: .killed, isChosen: false)), me) }
        // All was done, but to say so.
        if life.clan.isEnded { return conclude(id, run, life.killed(reason), me) }
        let number = life.number
        _ = me.spawnFounder(
            of: life.clan, receiving: Never.self, { .down(id, number, $0.reason) },
            body: { await life.bury(reason, $0) })
    }

    private mutating func conclude(_ id: ApplicationID, _ run: Run, _ outcome: ApplicationLife.Outcome, _ me: Me) {
        lives[id] = nil
        table.ended(id, run.life.clan)
        switch outcome {
        case .failed(let error): feed(.failed(id, error), me)
        case .ended(let end): feed(.ended(id, end), me)
        }
    }

    /// It has not ended in time.
    private mutating func kill(_ id: ApplicationID, _ run: Run, _ me: Me) {
        guard let deadline = run.deadline, deadline <= me.node.now, !run.isOverdue else { return }
        lives[id]!.isOverdue = true
        me.node.report(.other(ApplicationReport(application: id, type: machine.type(of: id), event: .killed)))
        run.life.endTree(by: me.node.now)
        run.life.clan.end(on: me.node)
    }
}

extension ApplicationController {
    /// The controller of a node, if anybody has needed it.
    static func running(on node: Node) -> ServerRef<ApplicationController>? {
        name.holder(on: node)
    }

    /// The controller of a node, started when first needed.
    nonisolated(nonsending) static func of(_ node: Node) async throws -> ServerRef<ApplicationController> {
        try await name.holder(on: node) { ApplicationController($0) }
    }
}
