internal import COTPRuntime
public import Synchronization

/// The behaviour of a process that is nothing but a function: its only messages are infos.
public enum PlainBehavior<Message: Sendable>: ProcessBehavior {
    public typealias Call = Never
    public typealias Cast = Never
    public typealias Info = Message
}

/// What a plain process runs.
@usableFromInline enum PlainBody<Message: Sendable> {
    @usableFromInline typealias Process = @Sendable (PlainProcess<Message>) async throws -> Void
    @usableFromInline typealias Cell = nonisolated(nonsending) @Sendable (PlainCell<Message>) async throws -> Void
    @usableFromInline typealias Sole = @Sendable (SoleTie) throws -> Void

    /// Code of a user's, which the language runs after a change of executor.
    case process(Process)
    /// What is run as it stands, without a change of executor, each of which costs some hundred instructions: the
    /// library's own code, and what that calls in the same way.
    case cell(Cell)
    /// What cannot suspend, and so needs no frame of a task: work that lies in what the process is tied to. That is retained,
    /// until the work has returned or will never begin.
    case sole(Unmanaged<SoleTie>, Sole)
}

/// A reference to a plain process. Erlang: a pid.
public struct ProcessRef<Message: Sendable>: Sendable, Hashable, CustomStringConvertible {
    /// The same process as a server address.
    public let server: ServerRef<PlainBehavior<Message>>

    /// The identity of the process.
    public var pid: PID { server.pid }

    /// Whether the process lives.
    public var isAlive: Bool { server.isAlive }

    /// Sends a message. Nothing happens if the process has ended. Erlang: `!`.
    @inlinable public func send(_ message: Message) { server.send(message) }

    /// Sends an exit signal. Erlang: `exit/2`.
    public func sendExit(_ signal: ExitSignal) { server.sendExit(signal) }

    public var description: String { "process \(pid)" }
}

/// A plain process as its own body sees it: the context of every process, and `receive`.
///
/// Erlang: the code of a spawned function.
@dynamicMemberLookup public struct PlainProcess<Message: Sendable> {
    @usableFromInline let cell: PlainCell<Message>

    @inlinable init(cell: PlainCell<Message>) { self.cell = cell }

    /// What every process may ask of the runtime.
    @inlinable public var context: ProcessContext<PlainBehavior<Message>> { ProcessContext(cell) }

    public subscript<T>(dynamicMember path: KeyPath<ProcessContext<PlainBehavior<Message>>, T>) -> T {
        context[keyPath: path]
    }

    /// The identity of this process. Erlang: `self/0`.
    public var pid: PID { cell.pid }

    /// The reference by which others reach this process.
    public var ref: ProcessRef<Message> { ProcessRef(server: cell.ref) }

    /// Waits for the next message.
    ///
    /// - Throws: ``Exit`` with the reason when the process is asked to end. Asked by an exit signal, it ends with that reason
    ///   whatever the body does then; asked by `stop` or `SystemControl.terminate`, with another error if the body throws one:
    ///   its clean-up has failed. Erlang: `receive`.
    @inlinable public nonisolated(nonsending) func receive() async throws -> Message {
        if cell.endsSlice() { await cell.giveWay() }
        while true {
            switch cell.takeNext() {
            case .message(let message):
                return message
            case .nothing:
                break
            case .other:
                // First what needs no look-up of the type of the messages: mostly it is why there is something else.
                try cell.throwIfAsked()
                var seen = 0
                if let found = try cell.scan(from: &seen, { $0 }) { return found }
            }
            // Written out here, as the wait of a call is: each async function of its own is one more switch of executors.
            try cell.prepareReceive()
            await cell.hub.suspend()
        }
    }

    /// Waits for the next message, at most for `limit`; nil when the time is over. Erlang: `receive … after`.
    ///
    /// - Throws: As ``receive()``.
    public nonisolated(nonsending) func receive(within limit: Duration) async throws -> Message? {
        try await receive(within: limit, matching: { $0 })
    }

    /// Waits for the first message for which `match` gives a value; the others stay, in their order.
    /// Erlang: selective `receive`.
    ///
    /// - Throws: As ``receive()``.
    public nonisolated(nonsending) func receive<T>(matching match: (Message) throws -> T?) async throws -> T {
        if cell.endsSlice() { await cell.giveWay() }
        var seen = 0
        while true {
            if let found = try cell.scan(from: &seen, match) { return found }
            try await cell.waitForMessage(until: nil)
        }
    }

    /// Waits for the first message for which `match` gives a value, at most for `limit`; nil when the time is over.
    /// A limit of zero, or a negative one, looks at what is there. Erlang: `receive … after`.
    ///
    /// - Throws: As ``receive()``.
    public nonisolated(nonsending) func receive<T>(
        within limit: Duration, matching match: (Message) throws -> T?
    ) async throws -> T? {
        if cell.endsSlice() { await cell.giveWay() }
        let deadline = Deadline.after(limit, from: cell.clock)
        var seen = 0
        while true {
            if let found = try cell.scan(from: &seen, match) { return found }
            if cell.isDue(deadline) {
                // A message may have come while the clock was read, or the wish to suspend the process.
                if let found = try cell.scan(from: &seen, match) { return found }
                if !cell.has(ProcessCell.Control.suspended) { return nil }
            }
            try await cell.waitForMessage(until: deadline)
        }
    }

    /// Lets others run. Erlang: `erlang:yield/0`.
    ///
    /// - Throws: As ``receive()``.
    public nonisolated(nonsending) func yield() async throws {
        try cell.checkSignals()
        await cell.giveWay()
        try cell.checkSignals()
    }

    /// Waits for `duration` by the node's clock; messages stay where they are. Erlang: `timer:sleep/1`.
    ///
    /// - Throws: As ``receive()``.
    public nonisolated(nonsending) func sleep(for duration: Duration) async throws {
        let deadline = Deadline.after(duration, from: cell.clock)
        while !cell.isDue(deadline) {
            try cell.checkSignals()
            cell.collectAll()
            if cell.isDue(deadline) { break }
            try await cell.waitForMessage(until: deadline)
        }
        try cell.checkSignals()
    }
}

@available(*, unavailable) extension PlainProcess: Sendable {}

/// The cell of a plain process: a body that runs in one runner until it returns, and messages set aside.
// @unchecked as its superclass; the fields belong to the body.
@usableFromInline final class PlainCell<Message: Sendable>: BehaviorCell<PlainBehavior<Message>>, @unchecked Sendable {
    /// A message set aside, and the monitor whose notice or the interval whose tick it was made from.
    private struct Saved {
        let message: Message
        var monitor: MonitorRef?
        var timer: ProcessTimer?
        /// Whether it keeps its room in a bounded mailbox until it is received.
        var hasRoom = false

        /// A tick whose interval has been cancelled since.
        var isVoid: Bool { timer.map { !$0.isPending } ?? false }
    }

    /// Most processes never set anything aside. A queue in an object that is not made costs no look-up of its type, of
    /// which the beginning and the end of a process had three.
    private final class SavedBox {
        @exclusivity(unchecked) var content = SetAside<Saved>()
    }

    @exclusivity(unchecked) private var savedBox: SavedBox?
    private var saved: SetAside<Saved> {
        _read {
            if let savedBox { yield savedBox.content } else { yield SetAside() }
        }
        _modify {
            let box = savedBox ?? SavedBox()
            savedBox = box
            defer { noteSetAside(box.content.count, from: box.content.firstPlace) }
            yield &box.content
        }
    }
    /// Ends a wait that has a limit. One for all of them: of those that a message has ended no other is left.
    @exclusivity(unchecked) private var limitTimer: ProcessTimer?
    /// The body has returned: what still comes is thrown away.
    @exclusivity(unchecked) private var isOver = false
    /// Nil once it has begun: what it holds on to may hold on to the process.
    @exclusivity(unchecked) private var body: PlainBody<Message>?
    /// Set before the process begins, if it is a task.
    var task: TaskFacts?

    /// Counts no reference to the node, and one to the origin, which the caller keeps meanwhile: what several processes that
    /// start others count goes from core to core.
    init(
        on node: Unmanaged<Node>, from origin: Unmanaged<Origin>?, limits: MailboxLimits?, pid: PID? = nil,
        body: PlainBody<Message>
    ) {
        self.body = body
        super.init(
            node: node, stride: PlainBehavior<Message>.slotStride, origin: origin, limits: limits, pid: pid
        ) { held, runner in await PlainCell<Message>.run(held, runner)
        }
    }

    convenience init(
        node: __shared Node, origin: __shared Origin?, limits: MailboxLimits?, body: PlainBody<Message>
    ) {
        self.init(
            on: .passUnretained(node), from: origin.map { .passUnretained($0) }, limits: limits, body: body)
    }

    convenience init(
        node: __shared Node, origin: __shared Origin?, limits: MailboxLimits?,
        body: @escaping @Sendable (PlainProcess<Message>) async throws -> Void
    ) {
        self.init(node: node, origin: origin, limits: limits, body: .process(body))
    }

    override var kindName: String { task?.kind ?? "process" }
    override var callers: CallerChain? {
        guard let task else { return nil }
        return task.callers ?? origin.map { CallerChain(pid: $0.parent, rest: $0.callers) }
    }
    override var obeysParent: Bool { false }

    /// Runs one process after the other, as long as they are of this type and nothing else comes in between.
    @_specialize(where Message == Never)
    private nonisolated(nonsending) static func run(
        _ first: Unmanaged<ProcessCell>, _ runner: Runner
    ) async -> SliceOutcome {
        var held = first
        while true {
            let cell = unsafeDowncast(held.takeRetainedValue(), to: PlainCell<Message>.self)
            let end: SliceEnd
            // Decided here: an async function of its own costs a frame of the task, also where nothing suspends.
            if cell.isOver {
                end = cell.drained()
            } else if let body = cell.begin(runner) {
                if case .sole(let tie, let run) = body {
                    end = cell.runAtOnce(tie.takeRetainedValue(), run)
                } else {
                    end = await cell.run(body)
                }
            } else {
                end = cell.end(.normal)
            }
            held = .passRetained(consume cell)
            guard case .idle = end else { return SliceOutcome(end, held) }
            guard let next = runner.next(after: held) else { return .nothing }
            held = next
        }
    }

    /// What is to be run; nil if the process is to end before it begins.
    private func begin(_ runner: Runner) -> PlainBody<Message>? {
        occupy(runner)
        if has(Control.dead | Control.exitPending) { return nil }
        // Not `take()`, which looks up the type of what it takes; moved, so that no reference is counted.
        var begun: PlainBody<Message>?
        swap(&begun, &body)
        return begun
    }

    private func runAtOnce(_ tie: SoleTie, _ run: PlainBody<Message>.Sole) -> SliceEnd {
        do {
            try run(tie)
            return end(.normal)
        } catch {
            return end(throwing: error)
        }
    }

    private nonisolated(nonsending) func run(_ body: PlainBody<Message>) async -> SliceEnd {
        do {
            switch body {
            case .process(let run): try await run(PlainProcess(cell: self))
            case .cell(let run): try await run(self)
            case .sole(let tie, let run): try run(tie.takeRetainedValue())
            }
            return end(.normal)
        } catch {
            return end(throwing: error)
        }
    }

    /// The body has thrown. What that was is not looked at where a signal has said why the process ends; after a request to stop
    /// it is how the clean-up has failed, or else the ``Exit`` of that request.
    private func end(throwing error: any Error) -> SliceEnd {
        let isSignalled = has(Control.exitPending) && !has(Control.ending)
        return isSignalled ? end(.killed) : end(ExitReason(thrown: error), hasThrown: true)
    }

    /// The body is over, with this reason unless the process was asked to end before.
    ///
    /// - Parameter hasThrown: Whether the body threw that itself, which counts for more than a request to stop.
    private func end(_ thrown: ExitReason, hasThrown: Bool = false) -> SliceEnd {
        vacate()
        if case .normal = thrown, savedBox == nil, !hasRarities, endBare() || endSole() {
            isOver = true
            return drained()
        }
        if !has(Control.dead) {
            var reason = thrown
            let isDecided = hasThrown && has(Control.ending)
            if !isDecided, has(Control.exitPending), let pending = guarding.withLock({ exitReason }) {
                reason = pending
            }
            let report = crashReport(reason, lastMessage: nil, state: nil)
            if declareDead(reason), let report { node.report(.crash(report)) }
        }
        finish()
        return drained()
    }

    override func releaseInline() { finish() }

    override func plainTurn() -> SliceEnd? {
        guard has(Control.dead) else { return nil }
        if !isOver { finish() }
        return drained()
    }

    private func finish() {
        // Left if it has not begun.
        if case .sole(let tie, _) = body { tie.takeRetainedValue().dropWork() }
        body = nil
        if savedBox != nil {
            savedBox = nil
            setAsideCount.store(0, ordering: .relaxed)
        }
        freeHandlers()
        isOver = true
        released()
    }

    // MARK: receiving

    @usableFromInline enum Next {
        case message(Message)
        /// There is none, and nothing that has to be done first.
        case nothing
        /// Something else comes first: a signal, a notice, messages set aside, somebody who watches.
        case other
    }

    /// The next message, if it is one that was sent or tells of an end, and nothing else has to be done before.
    @inlinable func takeNext() -> Next {
        while true {
            if control.load(ordering: .sequentiallyConsistent) & Control.attention != 0
                || setAsideCount.load(ordering: .relaxed) != 0 || isLimited
            {
                return .other
            }
            guard case .message(let tag, let slot) = mailbox.look() else { return .nothing }
            if tag == MessageTag.system {
                guard let down = takeDown(slot) else {
                    if takeUnseen(slot) { continue }
                    return .other
                }
                if let message = down.info(Message.self) { return .message(message) }
                continue
            }
            let message = Boxing<Message>.take(from: slot)
            mailbox.advance(past: slot)
            return .message(message)
        }
    }

    func checkSignals() throws { try throwIfAsked() }

    /// Moves everything that has arrived behind the messages set aside.
    ///
    /// - Parameter index: A place among those; it stays with its message.
    private func collect(_ index: inout Int) {
        collect()
        while let limits, limits.surplus.load(ordering: .relaxed) > 0 {
            guard let oldest = (0..<saved.count).first(where: { saved[$0].hasRoom }), tookLimited() else { return }
            Overflow.drop { saved.remove(at: oldest) }
            if oldest < index { index -= 1 }
        }
    }

    private func collect() {
        while true {
            guard case .message(let tag, let slot) = mailbox.look() else { return }
            if tag == MessageTag.system {
                let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self).takeRetainedValue()
                mailbox.advance(past: slot)
                if let tick = notice as? TickInfo<Message> {
                    // Not taken yet: as long as it is set aside, no other tick of its interval comes.
                    saved.append(Saved(message: tick.info, timer: tick.timer), from: lastPlace)
                    continue
                }
                switch interpret(notice) {
                case .info(let message): saved.append(Saved(message: message, monitor: notice.monitor), from: lastPlace)
                case .stop(let reason): stopSelf(reason)
                case .nothing, .idleCheck: break
                }
            } else {
                let message = Boxing<Message>.take(from: slot)
                mailbox.advance(past: slot)
                saved.append(Saved(message: message, hasRoom: isLimited), from: lastPlace)
            }
        }
    }

    /// Takes what has arrived, so that notices act.
    func collectAll() {
        var index = 0
        collect(&index)
    }

    override func takeBackDown(_ monitor: MonitorRef) {
        for index in 0..<saved.count where saved[index].monitor == monitor { return takeBack(at: index) }
    }

    override func takeBackAll(of monitor: MonitorRef) {
        if savedBox == nil { return }
        for index in (0..<saved.count).reversed() where saved[index].monitor == monitor { takeBack(at: index) }
    }

    private func takeBack(at index: Int) {
        saved.remove(at: index)
        looked.removed(at: index)
    }

    /// A request to stop. It interrupts nothing: what the body does from here on is its clean-up, which may call others, as
    /// `terminate` of a server may. Signals other than kill change nothing any more.
    private func stopSelf(_ reason: ExitReason) {
        guarding.withLock {
            if exitReason != nil { return }
            exitReason = reason
            set(Control.exitPending | Control.ending)
        }
    }

    /// The first message from `index` on that `match` takes; `index` then says how far has been looked.
    @usableFromInline func scan<T>(from index: inout Int, _ match: (Message) throws -> T?) throws -> T? {
        try checkSignals()
        while true {
            // While suspended nothing is matched, but what may end that has to be taken.
            if index >= saved.count || has(Control.suspended) { collect(&index) }
            try checkSignals()
            if index >= saved.count || has(Control.suspended) { return nil }
            if saved[index].isVoid {
                saved.remove(at: index)
                continue
            }
            looked = LookedAt(index)
            let message = saved[index].message
            let found = try match(message)
            index = looked.index
            if let found {
                if has(Control.watched) { noteReceived("\(message)") }
                if looked.isThere {
                    let taken = saved.remove(at: index)
                    _ = taken.timer?.taken()
                    if taken.hasRoom { leaveRoom() }
                }
                return found
            }
            if looked.isThere { index += 1 }
        }
    }

    /// Which of the messages set aside `match` looks at.
    @exclusivity(unchecked) private var looked = LookedAt(0)

    /// How many messages may still be received before others get their turn.
    @exclusivity(unchecked) @usableFromInline var left = 128

    /// Counts one message. True: the body has received so many at a stretch that others should get their turn first.
    @inlinable func endsSlice() -> Bool {
        left &-= 1
        if left > 0 { return false }
        left = 128
        return true
    }

    /// Goes to the back of the queue, and on from there.
    @usableFromInline nonisolated(nonsending) func giveWay() async {
        Suspension.prepareGiveWay(node.scheduler)
        await hub.suspend()
    }

    /// Whether the time is over: never while the process is suspended, which does nothing before it is resumed.
    func isDue(_ deadline: UInt64) -> Bool { !has(Control.suspended) && clock >= deadline }

    /// Suspends the body until something arrives, a signal comes or, unless the process is suspended, `deadline` passes.
    nonisolated(nonsending) func waitForMessage(until deadline: UInt64?) async throws {
        try checkSignals()
        if let deadline, !has(Control.suspended) { limitWait(to: deadline) }
        try prepareReceive()
        await hub.suspend()
        try checkSignals()
    }

    /// Sees to it that the process wakes then, or earlier. Most waits are ended by a message, and the next one finds a timer
    /// that comes before its own limit: it leaves that as it is.
    private func limitWait(to deadline: UInt64) {
        if let limitTimer, limitTimer.firstDeadline <= deadline { return }
        let timers = node.scheduler.timers
        if let limitTimer { _ = timers.cancel(limitTimer.index, limitTimer.id) }
        let timer = ProcessTimer(service: timers, owner: self, deadline: deadline, repetition: .once) {
            [unowned(unsafe) self] timer in
            push(
                Errand { cell in
                    let cell = unsafeDowncast(cell, to: PlainCell<Message>.self)
                    if cell.limitTimer === timer { cell.limitTimer = nil }
                })
        }
        timer.start()
        // None is set for a process that has ended.
        limitTimer = timer.isPending ? timer : nil
    }

    override func renderWaiting(atMost limit: Int) -> [String] {
        if waitingCount == 0 { return [] }
        let first = (0..<saved.count).lazy.filter { [self] in !saved[$0].isVoid }.prefix(limit).map { [self] in
            "\(saved[$0].message)"
        }
        return first + super.renderWaiting(atMost: limit - first.count)
    }
}

extension ProcessCell {
    /// Makes everything ready for the body to suspend until something comes for the process.
    @usableFromInline final func prepareReceive() throws {
        guard CurrentProcess.reference?.toOpaque() == Unmanaged.passUnretained(self).toOpaque() else {
            throw CallError(.killed, pid: pid, call: "receive outside the body's own task")
        }
        Suspension.prepareReceive(self)
    }

    /// Ends the body that has been killed, or asked to end.
    @usableFromInline final func throwIfAsked() throws {
        if has(Control.dead) { throw Exit(.killed) }
        if has(Control.exitPending), let reason = guarding.withLock({ exitReason }) { throw Exit(reason) }
    }

    /// Where the body suspends.
    @usableFromInline final var hub: Hub { Hub.near(schedulerRef) }

    /// Whether anybody wants to know of an unexpected end: to be asked before anything is printed for it.
    @usableFromInline final var reportsCrashes: Bool {
        nodeRef._withUnsafeGuaranteedRef { $0.reports.areCrashesWanted }
    }

    /// What is written about an unexpected end; nil for an expected one.
    final func crashReport(
        _ reason: ExitReason, lastMessage: String?, client: PID? = nil, state: String?
    ) -> CrashReport? {
        if reason.isExpected || !reportsCrashes { return nil }
        let now = clock
        let (names, label, links) = ties
        return CrashReport(
            pid: pid, kind: kindName, names: names, label: label, reason: reason, lastMessage: lastMessage,
            client: client, clientName: client.flatMap { Node.cell($0)?.nameTexts.first }, state: state,
            ancestors: origin?.ancestors ?? [], callers: callers?.pids ?? [],
            links: links, neighbours: neighbours, trapsExits: has(Control.trapping), mailboxCount: waitingCount,
            waiting: renderWaiting(atMost: CrashReport.mostWaiting),
            locals: localValues.map { (name: $0.name, value: "\($0.value)") }, age: age(at: now),
            log: keptEvents ?? [])
    }
}
