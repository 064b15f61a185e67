/// One run of an application, in a process of its own that is the parent of its tree. Erlang: the application master.
final class ApplicationLife: Sendable {
    enum Message: Sendable {
        case exit(ExitMessage)
        /// Stop, the tree by this time of the node's clock.
        case stop(by: Duration?)
        /// It has run as long as it may.
        case timeOver
        /// The controller has ended.
        case orphaned
    }

    enum Outcome: Sendable {
        case failed(any Error)
        case ended(ApplicationEnd)
    }

    let id: ApplicationID
    let number: UInt64
    /// Its process and all that come from it: whoever is left of them at its end is killed. Erlang: all of its group leader's.
    let clan: Clan
    /// How it came to its end; nil as long as something of it may run.
    let outcome = LockedBox<Outcome?>(nil)
    private let controller: ServerRef<ApplicationController>
    private let table: ApplicationTable
    private let application = LockedBox<(any OTPApplication)?>(nil)
    private let tree = LockedBox<SupervisorRef?>(nil)
    /// Whether what comes before the stop has been called.
    private let isPrepared = LockedBox(false)
    /// Whether the tree is being stopped, and by when it has to have ended.
    private let treeStop = LockedBox<(isBegun: Bool, deadline: Duration?)>((false, nil))

    init(
        _ id: ApplicationID, number: UInt64, on node: Node, controller: ServerRef<ApplicationController>,
        table: ApplicationTable
    ) {
        clan = Clan(on: node)
        self.id = id
        self.number = number
        self.controller = controller
        self.table = table
    }

    /// The body of its process.
    nonisolated(nonsending) func run(_ me: PlainProcess<Message>) async throws {
        me.trapExits { .exit($0) }
        me.context.label("application \(id)")
        me.context.monitor(controller) { _ in .orphaned }
        table.began(id, clan)
        let (application, tree): (any OTPApplication, SupervisorRef)
        do {
            (application, tree) = try await start(me)
        } catch {
            try me.context.checkAlive()
            clan.end(on: me.node, except: me.pid)
            return outcome.set(.failed(error))
        }
        controller.send(.started(id, number))
        if let limit = id.type.maximumRunTime { me.send(.timeOver, after: limit) }
        let end = try await waitForEnd(of: tree, application, me)
        // Whoever has been killed meanwhile leaves the rest to another process.
        try me.context.checkAlive()
        await application.stop()
        clan.end(on: me.node, except: me.pid)
        outcome.set(.ended(end))
    }

    private nonisolated(nonsending) func start(
        _ me: PlainProcess<Message>
    ) async throws -> (any OTPApplication, SupervisorRef) {
        let application = try id.type.init()
        let tree = try await application.start().startLink(me)
        self.tree.set(tree)
        self.application.set(application)
        table.setTree(tree, of: id, application)
        do {
            try await application.goThroughStartPhases()
            return (application, tree)
        } catch {
            // It has never been through its start, so that there is nothing to prepare, by nobody.
            isPrepared.set(true)
            try await tree.stop()
            try me.context.checkAlive()
            await application.stop()
            throw error
        }
    }

    private nonisolated(nonsending) func waitForEnd(
        of tree: SupervisorRef, _ application: any OTPApplication, _ me: PlainProcess<Message>
    ) async throws -> ApplicationEnd {
        while true {
            switch try await me.receive() {
            case .exit(let message) where message.pid == tree.pid:
                await prepare(application)
                return end(of: tree, message.reason)
            // Whoever ends all processes of a node asks each as if it were by itself.
            case .exit(let message) where message.pid == me.pid: return try await stop(tree, application, by: nil)
            case .exit: continue
            case .orphaned: return try await stop(tree, application, by: nil)
            case .timeOver:
                _ = try await stop(tree, application, by: nil)
                return ApplicationEnd(reason: .normal, isChosen: true)
            case .stop(let deadline): return try await stop(tree, application, by: deadline)
            }
        }
    }

    private nonisolated(nonsending) func stop(
        _ tree: SupervisorRef, _ application: any OTPApplication, by deadline: Duration?
    ) async throws -> ApplicationEnd {
        await prepare(application)
        let node = tree.server.cell.node
        let deadline = treeStop.withLock { stop in
            stop.isBegun = true
            return [deadline, stop.deadline].compactMap(\.self).min()
        }
        // If it has ended by itself meanwhile, that is well too.
        try? await tree.stop(deadline: deadline.map { max($0 - node.now, .zero) })
        return ApplicationEnd(reason: await tree.waitForEnd(), isChosen: true)
    }

    private nonisolated(nonsending) func prepare(_ application: any OTPApplication) async {
        isPrepared.set(true)
        await application.prepareToStop()
    }

    private func end(of tree: SupervisorRef, _ reason: ExitReason) -> ApplicationEnd {
        switch (tree.server.cell as? SupervisorCell)?.ending.get()?.cause {
        case .autoShutdown: ApplicationEnd(reason: reason, isChosen: true)
        case .gaveUp(let error): ApplicationEnd(reason: reason, isChosen: false, error: error)
        default: ApplicationEnd(reason: reason, isChosen: reason.isNormal)
        }
    }

    /// Does what its process, which was killed, had to do. The body of another one.
    nonisolated(nonsending) func bury(_ reason: ExitReason, _ me: PlainProcess<Never>) async {
        if let application = application.get(), !isPrepared.get() { await prepare(application) }
        if let tree = tree.get() { _ = await tree.waitForEnd() }
        await application.get()?.stop()
        clan.end(on: me.node, except: me.pid)
        outcome.set(killed(reason))
    }

    /// How it came to its end if its process was killed.
    func killed(_ reason: ExitReason) -> Outcome {
        application.get() == nil
            ? .failed(Exit(reason)) : .ended(ApplicationEnd(reason: reason, isChosen: false))
    }

    /// The tree is to have ended by `deadline` once it is stopped, whyever that was begun.
    func hurry(by deadline: Duration) {
        let isBegun = treeStop.withLock { stop in
            stop.deadline = stop.deadline.map { min($0, deadline) } ?? deadline
            return stop.isBegun
        }
        if isBegun { endTree(by: deadline) }
    }

    /// Ends the tree by `deadline`, also if it is ending already: the earlier deadline counts.
    func endTree(by deadline: Duration) {
        guard let tree = tree.get() else { return }
        tree.server.cell.push(SupervisorStop(.shutdown, deadline: deadline))
    }
}
