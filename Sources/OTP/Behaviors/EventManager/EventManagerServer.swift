/// The process of an ``EventManager``. Its addresses are those of any server: ``EventManagerRef`` and
/// ``EventManagerName``.
public struct EventManagerServer<Event: Sendable>: GenServer {
    /// A request; made by the functions of the addresses.
    public struct Call: Sendable, CustomStringConvertible {
        let text: @Sendable () -> String
        let run: nonisolated(nonsending) @Sendable (inout EventManagerServer, Me) async -> Void

        public var description: String { text() }
    }

    /// An event, or another message for the handlers.
    public enum Cast: Sendable, CustomStringConvertible {
        /// Something has happened.
        case notify(Event)
        /// For the handlers that understand it.
        case info(any Sendable)

        public var description: String {
            switch self {
            case .notify(let event): "notify \(event)"
            case .info(let info): "info \(info)"
            }
        }
    }

    /// What the process learns of others.
    public enum Info: Sendable {
        /// A linked process has ended.
        case exit(ExitMessage)
    }

    var table = HandlerTable<AnyHandler<Event>>()
    private var wantsHibernation = false
    /// Owners that the manager has linked itself to; not those to whom it was linked before.
    private var ties: Set<PID> = []

    init(_ me: Me) { me.trapExits { .exit($0) } }

    public nonisolated(nonsending) mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        await call.run(&self, me)
        return next
    }

    public nonisolated(nonsending) mutating func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        switch cast {
        case .notify(let event): await notify(event, me)
        case .info(let info): await pass(info, me)
        }
        return next
    }

    public nonisolated(nonsending) mutating func handleInfo(_ info: Info, _ me: Me) async -> Next {
        switch info {
        case .exit(let exit):
            for entry in table.owned(by: exit.pid) {
                await end(entry, .ownerEnded(exit.reason), telling: nil, me)
            }
        }
        return next
    }

    public nonisolated(nonsending) mutating func terminate(reason: ExitReason, _ me: Me) async {
        while let entry = table.entries.first { await end(entry, .stopped(reason), telling: .shutdown, me) }
    }

    public func formatStatus(_ status: StatusContext) -> String {
        let all = table.entries.map { "\($0.id): \($0.handler.rendered(status))" }
        return "handlers [\(all.joined(separator: ", "))]"
    }

    private var next: Next {
        mutating get {
            defer { wantsHibernation = false }
            return wantsHibernation ? .hibernate : .receive
        }
    }

    // MARK: events

    nonisolated(nonsending) mutating func notify(_ event: Event, _ me: Me) async {
        for entry in table.entries where table.find(entry.number) != nil {
            let outcome = await entry.handler.handle(event)
            await apply(outcome, to: entry, me) { "event \(event)" }
        }
    }

    private nonisolated(nonsending) mutating func pass(_ info: any Sendable, _ me: Me) async {
        var isUnderstood = false
        for entry in table.entries where table.find(entry.number) != nil {
            guard let outcome = await entry.handler.take(info) else { continue }
            isUnderstood = true
            await apply(outcome, to: entry, me) { "info \(info)" }
        }
        if !isUnderstood {
            me.node.report(
                .other(
                    UnhandledInfoReport(
                        pid: me.pid, message: Rendering.limited("\(info)"),
                        handlers: table.entries.map(\.id.description))))
        }
    }

    // MARK: what a handler asked for

    /// Does what a handler has returned, or removes it if it has thrown.
    nonisolated(nonsending) mutating func apply(
        _ outcome: HandlerOutcome<Event>, to entry: HandlerTable<AnyHandler<Event>>.Entry, _ me: Me,
        message: () -> String
    ) async {
        switch outcome {
        case .keep: break
        case .hibernate: wantsHibernation = true
        case .remove: await end(entry, .removed, telling: .normal, me)
        case .swap(let swap):
            do { try await self.swap(entry, swap, newOwner: entry.owner, me) } catch {
                report(entry.id, error, state: nil, message(), me)
            }
        case .failed(let error):
            let state = entry.handler.rendered(.termination(.error(error)))
            await end(entry, .failed(error), telling: .failed(error), me)
            report(entry.id, error, state: state, message(), me)
        }
    }

    /// Removes a handler: its `terminate` runs, then its owner is told.
    @discardableResult nonisolated(nonsending) mutating func end(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry, _ why: HandlerEnd, telling reason: HandlerExit.Reason?, _ me: Me
    ) async -> Result<any Sendable, any Error> {
        guard table.remove(entry.number) else { return .success(()) }
        let result = await entry.handler.terminate(why)
        if let owner = entry.owner {
            if let reason { owner.tell(HandlerExit(handler: entry.id, reason: reason)) }
            if !table.owns(owner.pid), ties.remove(owner.pid) != nil { me.unlink(from: owner.pid) }
        }
        return result
    }

    /// Installs a handler, and ties the manager to its owner.
    mutating func add(_ id: AnyHandlerID, _ handler: AnyHandler<Event>, owner: HandlerOwner?, _ me: Me) {
        guard let pid = table.add(id, handler, owner: owner), !me.cell.isLinked(to: pid) else { return }
        ties.insert(pid)
        // One that has ended already is told so by an exit message, as the manager traps exits.
        try? me.link(to: pid)
    }

    /// Puts another handler in the place of one; without one it is an addition.
    nonisolated(nonsending) mutating func swap(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry?, _ swap: HandlerSwap<Event>, newOwner: HandlerOwner?, _ me: Me
    ) async throws {
        var final: (any Sendable)?
        if let entry {
            let told = HandlerExit.Reason.swapped(to: swap.id, ownedBy: newOwner?.pid)
            final = try? await end(entry, .swapped(swap.argument), telling: told, me).get()
        }
        do { add(swap.id, try await swap.make(final), owner: newOwner, me) } catch {
            newOwner?.tell(HandlerExit(handler: swap.id, reason: .failed(error)))
            throw EventHandlerError.notInstalled(swap.id, error)
        }
    }

    private func report(_ id: AnyHandlerID, _ error: any Error, state: String?, _ message: String, _ me: Me) {
        me.node.report(
            .other(
                HandlerCrashReport(
                    manager: me.pid, managerNames: me.snapshot()?.names ?? [], handler: id, error: error,
                    lastMessage: Rendering.limited(message), state: state.map { Rendering.limited($0) })))
    }
}
