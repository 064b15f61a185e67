/// The process of an ``EventManager``. Its addresses are those of any server: ``EventManagerRef`` and
/// ``EventManagerName``.
public struct EventManagerServer<Event: Sendable>: GenServer {
    /// A request; made by the functions of the addresses.
    public struct Call: Sendable, CustomStringConvertible {
        @usableFromInline enum Kind: Sendable {
            /// Something has happened; somebody waits until all handlers know.
            case notify(Event, Reply<Void>)
            // Behind a pointer, as it is rare: see `Cast`.
            case operate(Operation)
        }
        @usableFromInline let kind: Kind

        @inlinable init(_ kind: Kind) { self.kind = kind }

        @inlinable var isEvent: Bool {
            if case .notify = kind { true } else { false }
        }

        @usableFromInline init(text: @escaping @Sendable () -> String, run: @escaping Operation.Work) {
            kind = .operate(Operation(text: text, run: run))
        }

        public var description: String {
            switch kind {
            case .notify(let event, _): "syncNotify \(event)"
            case .operate(let operation): operation.text()
            }
        }
    }

    /// What is to be done to the handlers or asked of one, and how it is called.
    @usableFromInline final class Operation: Sendable {
        @usableFromInline typealias Work =
            nonisolated(nonsending) @Sendable (inout EventManagerServer, Me) async -> Void
        let text: @Sendable () -> String
        @usableFromInline let run: Work

        init(text: @escaping @Sendable () -> String, run: @escaping Work) {
            self.text = text
            self.run = run
        }
    }

    /// The rest of an event that was begun on its sender's thread.
    public struct Continuation: Sendable, CustomStringConvertible {
        @usableFromInline let rest: EventRest<Event>
        @usableFromInline let reply: Reply<Void>

        @usableFromInline init(_ rest: EventRest<Event>, _ reply: Reply<Void>) {
            self.rest = rest
            self.reply = reply
        }

        public var description: String { "rest of syncNotify" }
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
    /// Owners, also of handlers that are being made, that the manager has linked itself to; not those to whom it was linked before.
    private var ties: Set<PID> = []
    /// What may be shown of events and other messages, if the manager says so.
    private let format: EventFormat<Event>?

    @usableFromInline init(_ me: Me, _ format: EventFormat<Event>?) {
        self.format = format
        me.trapExits { .exit($0) }
    }

    @inlinable @inline(__always) public nonisolated(nonsending) mutating func handleCall(_ call: Call, _ me: Me) async
        -> Next
    {
        switch call.kind {
        case .notify(let event, let reply):
            await notify(event, me)
            reply()
        case .operate(let operation):
            await operation.run(&self, me)
            await KnownExecutor.mark()
        }
        return next
    }

    @inlinable @inline(__always) public nonisolated(nonsending) mutating func handleCast(_ cast: Cast, _ me: Me) async
        -> Next
    {
        switch cast {
        case .notify(let event): await notify(event, me)
        case .info(let info):
            await take(info, me)
            await KnownExecutor.mark()
        }
        return next
    }

    public nonisolated(nonsending) mutating func handleContinue(_ step: Continuation, _ me: Me) async -> Next {
        await goOn(step.rest, me)
        step.reply()
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

    // Inlined, for a call of an asynchronous function costs more than handlers that do not suspend.
    @inlinable @inline(__always) nonisolated(nonsending) mutating func notify(_ event: Event, _ me: Me) async {
        if table.suspending == 0 {
            if let rest = tellAtOnce(event) {
                await goOn(rest, me)
                await KnownExecutor.mark()
            }
            return
        }
        let (handlers, removals) = (table.handlers, table.removals)
        var numbers: [UInt64]?
        var outcome: HandlerOutcome<Event>?
        for index in handlers.indices {
            if let numbers, table.removals != removals, !table.has(numbers[index]) { continue }
            let handler = handlers[index]
            if let handleAtOnce = handler.handleAtOnce {
                if handleAtOnce(event, &outcome) { continue }
            } else if await handler.handle(event, &outcome) {
                continue
            }
            let all = numbers ?? table.numbers
            numbers = all
            if let outcome {
                await apply(outcome, to: all[index], me) { $0.shown(event, $1) }
                await KnownExecutor.mark()
            }
        }
    }

    /// Tells handlers that do not suspend, one after the other, until one asks for something or may suspend. Nil: there was
    /// none. Mutating, though it changes nothing: so it is called in its place, not on a copy.
    @inlinable mutating func tellAtOnce(_ event: Event) -> EventRest<Event>? {
        let handlers = table.handlers
        var outcome: HandlerOutcome<Event>?
        for index in handlers.indices {
            if let handleAtOnce = handlers[index].handleAtOnce, handleAtOnce(event, &outcome) { continue }
            return EventRest(
                event: event, handlers: handlers, numbers: table.numbers, removals: table.removals, index: index,
                outcome: outcome)
        }
        return nil
    }

    /// Does what a handler has asked for, and tells those that come after it.
    @usableFromInline nonisolated(nonsending) mutating func goOn(_ rest: EventRest<Event>, _ me: Me) async {
        let event = rest.event
        var outcome = rest.outcome
        for index in rest.index..<rest.handlers.count {
            if table.removals != rest.removals, !table.has(rest.numbers[index]) { continue }
            let handler = rest.handlers[index]
            if index > rest.index || outcome == nil {
                outcome = nil
                if let handleAtOnce = handler.handleAtOnce {
                    if handleAtOnce(event, &outcome) { continue }
                } else if await handler.handle(event, &outcome) {
                    continue
                }
            }
            if let outcome { await apply(outcome, to: rest.numbers[index], me) { $0.shown(event, $1) } }
        }
    }

    /// Gives a message to all handlers that understand it; false if none does.
    private nonisolated(nonsending) mutating func pass(_ info: any Sendable, _ me: Me) async -> Bool {
        var isUnderstood = false
        for entry in table.entries where table.find(entry.number) != nil {
            guard let outcome = await entry.handler.take(info) else { continue }
            isUnderstood = true
            await apply(outcome, to: entry, me) { $0.shown(info: info, $1) }
        }
        return isUnderstood
    }

    @usableFromInline nonisolated(nonsending) mutating func take(_ info: any Sendable, _ me: Me) async {
        if await pass(info, me) || table.entries.isEmpty { return }
        me.node.report(
            .other(
                UnhandledInfoReport(
                    pid: me.pid, names: me.cell.nameTexts, message: Rendering.limited(format?.info?(info) ?? "\(info)"),
                    handlers: table.entries.map(\.id.description))))
    }

    // MARK: what a handler asked for

    /// What a handler has handled, as it may be shown.
    @usableFromInline typealias Handled = (AnyHandler<Event>, EventFormat<Event>?) -> String

    @usableFromInline nonisolated(nonsending) mutating func apply(
        _ outcome: HandlerOutcome<Event>, to number: UInt64, _ me: Me, _ handled: Handled
    ) async {
        if let entry = table.find(number) { await apply(outcome, to: entry, me, handled) }
    }

    /// Does what a handler has returned, or removes it if it has thrown.
    nonisolated(nonsending) mutating func apply(
        _ outcome: HandlerOutcome<Event>, to entry: HandlerTable<AnyHandler<Event>>.Entry, _ me: Me,
        _ handled: Handled
    ) async {
        switch outcome {
        case .keep: break
        case .hibernate: wantsHibernation = true
        case .remove: await end(entry, .removed, telling: .normal, me)
        case .swap(let swap):
            do throws(HandlerFailure) { try await self.swap(entry, swap, .inPlace, me) } catch {
                // The new handler's error, and not the old one's: formatted by the new one's type.
                report(entry, shown: error.shown, state: nil, handled, me)
            }
        case .failed(let error):
            let state = entry.handler.rendered(.termination(.error(error)))
            await end(entry, .failed(error), telling: .failed(error), me)
            report(entry, shown: entry.handler.shown(error), state: state, handled, me)
        }
    }

    /// Removes a handler: its `terminate` runs, then its owner is told, and let go if nothing else is his.
    @discardableResult nonisolated(nonsending) mutating func end(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry, _ why: HandlerEnd, telling reason: HandlerExit.Reason, _ me: Me
    ) async -> Result<any Sendable, any Error> {
        let result = await remove(entry, why, telling: reason, me)
        untie(entry.owner, me)
        return result
    }

    /// The same, but the owner stays tied.
    private nonisolated(nonsending) mutating func remove(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry, _ why: HandlerEnd, telling reason: HandlerExit.Reason, _ me: Me
    ) async -> Result<any Sendable, any Error> {
        guard table.remove(entry.number) != nil else { return .success(()) }
        noteWhetherAnyMaySuspend(me.cell)
        let result = await entry.handler.terminate(why)
        entry.owner?.tell(HandlerExit(handler: entry.id, reason: reason))
        return result
    }

    /// Makes a handler and installs it. The manager is tied to its owner from before it is made: if either ends meanwhile, the
    /// other learns of that, and why.
    @usableFromInline nonisolated(nonsending) mutating func install(
        _ id: AnyHandlerID, owner: HandlerOwner?, hibernates: Bool, at place: Int = 0, _ me: Me,
        _ make: nonisolated(nonsending) () async throws -> AnyHandler<Event>
    ) async throws {
        tie(owner, me)
        do {
            let handler = try await make()
            table.add(id, handler, owner: owner, at: place, maySuspend: handler.maySuspend)
        } catch {
            untie(owner, me)
            throw error
        }
        noteWhetherAnyMaySuspend(me.cell)
        if hibernates { wantsHibernation = true }
    }

    /// Links the manager to the owner of a handler, unless it is.
    private mutating func tie(_ owner: HandlerOwner?, _ me: Me) {
        guard let pid = owner?.pid, !me.cell.isLinked(to: pid) else { return }
        // Of one that was tied and has ended meanwhile the exit message is on its way.
        if !ties.insert(pid).inserted, Node.cell(pid)?.isAlive != true { return }
        // One that has ended already is told so by an exit message, as the manager traps exits.
        try? me.link(to: pid)
    }

    /// Ends the link to an owner who has no handler any more, if it was made for them.
    private mutating func untie(_ owner: HandlerOwner?, _ me: Me) {
        guard let pid = owner?.pid, !table.owns(pid), ties.remove(pid) != nil else { return }
        me.unlink(from: pid)
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
    ) async throws(HandlerFailure) {
        try await self.swap(table.find(old), swap, owner.map { .owned(by: $0) } ?? .inherited, me)
    }

    /// Lets another handler follow one; without one it is an addition.
    nonisolated(nonsending) mutating func swap(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry?, _ swap: HandlerSwap<Event>, _ kind: SwapKind, _ me: Me
    ) async throws(HandlerFailure) {
        var (place, heir, told) = (0, entry?.owner, entry?.owner)
        switch kind {
        case .inPlace: place = entry.flatMap { entry in table.entries.firstIndex { $0.number == entry.number } } ?? 0
        case .inherited: break
        case .owned(let owner): (heir, told) = (owner, nil)
        }
        var final: (any Sendable)?
        if let entry {
            let reason = HandlerExit.Reason.swapped(to: swap.id, ownedBy: heir?.pid)
            switch await remove(entry, .swapped(swap.argument), telling: reason, me) {
            case .success(let value): final = value
            case .failure(let error):
                // Nobody else learns of it: the new one is given nothing.
                report(
                    entry, shown: entry.handler.shown(error),
                    state: entry.handler.rendered(.termination(.error(error))), { _, _ in "swap for \(swap.id)" }, me)
            }
            // Whose the new one is to be stays tied: if the manager is killed before it is there, he has to learn of that.
            if heir?.pid != entry.owner?.pid { untie(entry.owner, me) }
        }
        do {
            try await install(swap.id, owner: heir, hibernates: swap.hibernates, at: place, me) {
                try await swap.make(final)
            }
        } catch {
            // Who is told of the old one's end as one of a swap learns that nobody came; who asks gets the error itself.
            told?.tell(HandlerExit(handler: swap.id, reason: .failed(error)))
            throw HandlerFailure(
                .notInstalled(swap.id, error), shown: .notInstalled(swap.id, swap.formatReason(error)))
        }
    }

    /// Lets those who tell of events know whether it is worth trying to let the handlers run on their own threads.
    func noteWhetherAnyMaySuspend(_ cell: ProcessCell) {
        if table.suspending == 0 {
            cell.clear(ProcessCell.Control.suspending)
        } else {
            cell.set(ProcessCell.Control.suspending)
        }
    }

    private func report(
        _ entry: HandlerTable<AnyHandler<Event>>.Entry, shown error: any Error, state: String?, _ handled: Handled,
        _ me: Me
    ) {
        me.node.report(
            .other(
                HandlerCrashReport(
                    manager: me.pid, managerNames: me.cell.nameTexts, handler: entry.id,
                    error: error, lastMessage: Rendering.limited(handled(entry.handler, format)),
                    state: state.map { Rendering.limited($0) })))
    }
}
