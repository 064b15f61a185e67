/// The process of an ``EventManager``. Its addresses are those of any server: ``EventManagerRef`` and
/// ``EventManagerName``.
public struct EventManagerServer<Event: Sendable>: GenServer {
    /// A request; made by the functions of the addresses.
    public struct Call: Sendable, CustomStringConvertible {
        @usableFromInline typealias Work =
            nonisolated(nonsending) @Sendable (inout EventManagerServer, Me) async -> Void
        let text: @Sendable () -> String
        @usableFromInline let run: Work

        @usableFromInline init(text: @escaping @Sendable () -> String, run: @escaping Work) {
            self.text = text
            self.run = run
        }

        public var description: String { text() }
    }

    /// An event, or another message for the handlers.
    // What is rare is behind a pointer: the whole is then small, and copied without asking how.
    public enum Cast: Sendable, CustomStringConvertible {
        /// Something has happened.
        case notify(Event)
        /// For the handlers that understand it.
        indirect case info(any Sendable)

        public var description: String {
            switch self {
            case .notify(let event): "notify \(event)"
            case .info(let info): "info \(info)"
            }
        }
    }

    /// What the process learns of others.
    public indirect enum Info: Sendable {
        /// A linked process has ended; handlers whose `Info` is `ExitMessage` learn of it.
        case exit(ExitMessage)
        /// For the handlers that understand it.
        case message(any Sendable)
    }

    @usableFromInline var table = HandlerTable<AnyHandler<Event>>()
    @usableFromInline var wantsHibernation = false
    /// Owners that the manager has linked itself to; not those to whom it was linked before.
    private var ties: Set<PID> = []

    @usableFromInline init(_ me: Me) { me.trapExits { .exit($0) } }

    @inlinable public nonisolated(nonsending) mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        await call.run(&self, me)
        return next
    }

    @inlinable public nonisolated(nonsending) mutating func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        switch cast {
        case .notify(let event): await notify(event, me)
        case .info(let info): await take(info, me)
        }
        return next
    }

    public nonisolated(nonsending) mutating func handleInfo(_ info: Info, _ me: Me) async -> Next {
        switch info {
        case .exit(let exit):
            for entry in table.owned(by: exit.pid) {
                await end(entry, .ownerEnded(exit.reason), telling: .shutdown, me)
            }
            _ = await pass(exit, me)
        case .message(let info): await take(info, me)
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

    @inlinable var next: Next {
        mutating get {
            if !wantsHibernation { return .receive }
            wantsHibernation = false
            return .hibernate
        }
    }

    // MARK: events

    @inlinable nonisolated(nonsending) mutating func notify(_ event: Event, _ me: Me) async {
        let (handlers, removals) = (table.handlers, table.removals)
        var numbers: [UInt64]?
        var outcome: HandlerOutcome<Event>?
        for index in handlers.indices {
            if let numbers, table.removals != removals, !table.has(numbers[index]) { continue }
            if await handlers[index].handle(event, &outcome) { continue }
            let all = numbers ?? table.numbers
            numbers = all
            if let outcome { await apply(outcome, to: all[index], me) { "event \(event)" } }
        }
    }

    /// Gives a message to all handlers that understand it; false if none does.
    private nonisolated(nonsending) mutating func pass(_ info: any Sendable, _ me: Me) async -> Bool {
        var isUnderstood = false
        for entry in table.entries where table.find(entry.number) != nil {
            guard let outcome = await entry.handler.take(info) else { continue }
            isUnderstood = true
            await apply(outcome, to: entry, me) { "info \(info)" }
        }
        return isUnderstood
    }

    @usableFromInline nonisolated(nonsending) mutating func take(_ info: any Sendable, _ me: Me) async {
        if await pass(info, me) { return }
        me.node.report(
            .other(
                UnhandledInfoReport(
                    pid: me.pid, message: Rendering.limited("\(info)"), handlers: table.entries.map(\.id.description))))
    }

    // MARK: what a handler asked for

    @usableFromInline nonisolated(nonsending) mutating func apply(
        _ outcome: HandlerOutcome<Event>, to number: UInt64, _ me: Me, message: () -> String
    ) async {
        if let entry = table.find(number) { await apply(outcome, to: entry, me, message: message) }
    }

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
            do { try await self.swap(entry, swap, .inPlace, me) } catch {
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
        _ entry: HandlerTable<AnyHandler<Event>>.Entry, _ why: HandlerEnd, telling reason: HandlerExit.Reason, _ me: Me
    ) async -> Result<any Sendable, any Error> {
        guard table.remove(entry.number) != nil else { return .success(()) }
        let result = await entry.handler.terminate(why)
        if let owner = entry.owner {
            owner.tell(HandlerExit(handler: entry.id, reason: reason))
            if !table.owns(owner.pid), ties.remove(owner.pid) != nil { me.unlink(from: owner.pid) }
        }
        return result
    }

    /// Installs a handler, and ties the manager to its owner.
    @usableFromInline mutating func add(
        _ id: AnyHandlerID, _ handler: AnyHandler<Event>, owner: HandlerOwner?, at place: Int = 0, _ me: Me
    ) {
        guard let pid = table.add(id, handler, owner: owner, at: place), !me.cell.isLinked(to: pid) else { return }
        ties.insert(pid)
        // One that has ended already is told so by an exit message, as the manager traps exits.
        try? me.link(to: pid)
    }

    /// Whose the new handler of a swap is, and where it stands.
    enum SwapKind {
        /// The old one has asked for it: the new one stands where it stood, and belongs to its owner.
        case inPlace
        /// Somebody else has: the new one is the newest, and belongs to the old one's owner.
        case inherited
        /// Its owner to be has.
        case owned(by: HandlerOwner)
    }

    /// Lets another handler follow the newest with this id: on behalf of its owner, or of nobody in particular.
    @usableFromInline nonisolated(nonsending) mutating func swap(
        _ old: AnyHandlerID, _ swap: HandlerSwap<Event>, _ owner: HandlerOwner?, _ me: Me
    ) async throws {
        try await self.swap(table.find(old), swap, owner.map { .owned(by: $0) } ?? .inherited, me)
    }

    /// Lets another handler follow one; without one it is an addition.
    nonisolated(nonsending) mutating func swap(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry?, _ swap: HandlerSwap<Event>, _ kind: SwapKind, _ me: Me
    ) async throws {
        var (place, heir, told) = (0, entry?.owner, entry?.owner)
        switch kind {
        case .inPlace: place = entry.flatMap { entry in table.entries.firstIndex { $0.number == entry.number } } ?? 0
        case .inherited: break
        case .owned(let owner): (heir, told) = (owner, nil)
        }
        var final: (any Sendable)?
        if let entry {
            let reason = HandlerExit.Reason.swapped(to: swap.id, ownedBy: heir?.pid)
            final = try? await end(entry, .swapped(swap.argument), telling: reason, me).get()
        }
        do { add(swap.id, try await swap.make(final), owner: heir, at: place, me) } catch {
            // Who is told of the old one's end as one of a swap learns that nobody came; who asks gets the error itself.
            told?.tell(HandlerExit(handler: swap.id, reason: .failed(error)))
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
