internal import Synchronization

/// A process with messages of known types: keeps what turns the kernel's notices into them.
// @unchecked as its superclass; these fields belong to whoever runs the process.
@usableFromInline class BehaviorCell<B: ProcessBehavior>: ProcessCell, @unchecked Sendable {
    /// Turns an exit of somebody else into a message, of a process that traps them.
    final var exitHandler: ((ExitMessage) -> B.Info)? {
        get { rarities?.exitHandler }
        set { if newValue != nil || rarities != nil { madeRarities.exitHandler = newValue } }
    }
    /// Messages that arrived while the process was suspended, in their order.
    final var deferred: Deferred<B> {
        get { rarities?.deferred ?? Deferred() }
        _modify {
            let rarities = madeRarities
            defer { noteSetAside(rarities.deferred.count, from: rarities.deferred.firstPlace) }
            yield &rarities.deferred
        }
    }
    /// What the body of a plain process lets others see and change of its state.
    final var exposed: ExposedState? {
        get { rarities?.exposed }
        set { if newValue != nil || rarities != nil { madeRarities.exposed = newValue } }
    }
    /// How a message is shown if this process says so and not its type; gives nil for those that the type shows.
    final var ownFormat: ((Deferred<B>.Message) -> String?)? {
        get { rarities?.ownFormat }
        set { if newValue != nil || rarities != nil { madeRarities.ownFormat = newValue } }
    }
    /// What is shown of an event of this process, watched, if it says so itself, and not its type alone.
    final var ownRedaction: (@Sendable (SystemEvent) -> SystemEvent)? {
        get { rarities?.ownRedaction }
        set { if newValue != nil || rarities != nil { madeRarities.ownRedaction = newValue } }
    }
    @exclusivity(unchecked) private final var rarities: Rarities<B>?
    final var hasRarities: Bool { rarities != nil }
    private final var madeRarities: Rarities<B> {
        if let rarities { return rarities }
        let made = Rarities<B>()
        rarities = made
        return made
    }
    /// Buffers are given back when nothing has come for a while.
    @exclusivity(unchecked) @usableFromInline final var hibernation: Hibernation?
    /// Which optional handler the library calls now: nobody else's call of the library's own says anything of the type.
    @exclusivity(unchecked) @usableFromInline final var asked: UInt = 0
    /// Set for contexts without a process: notes what the handler asks for. Nothing is tied to it, for nobody would take the
    /// tie out when it is freed.
    @usableFromInline final var recorder: (any ContextRecorder)? {
        @inline(__always) get { has(Control.recorded) ? keptRecorder : nil }
        set {
            madeRarities.recorder = newValue
            set(Control.recorded | Control.closed)
        }
    }
    @inline(never) private final var keptRecorder: (any ContextRecorder)? { rarities?.recorder }
    @usableFromInline final var isRecorded: Bool { recorder != nil }

    override final func note(_ effect: ContextEffect) { recorder?.record(effect) }

    override var kindName: String { String(describing: B.self) }

    override final var behavior: ObjectIdentifier { ObjectIdentifier(B.self) }

    /// Whether an exit signal of the parent ends the process even if it traps: so for behaviours, which have a
    /// `terminate`; a plain process that traps gets it as a message.
    var obeysParent: Bool { true }

    override func askToEnd(_ reason: ExitReason) {
        receiveExit(from: pid, reason: reason, stopsTrapper: obeysParent)
    }

    /// Whether a notice takes effect at once in a suspended process.
    func actsWhileSuspended(_ notice: SystemMessage) -> Bool {
        if let exit = notice as? ExitNotice { return exit.message.pid == origin?.master }
        return notice is Errand || notice is StopRequest
    }

    /// Before it is scheduled for the first time: how its state is made, and who is told of that.
    @usableFromInline func begins(
        with make: @escaping @Sendable (ProcessContext<B>) async throws -> B, _ handshake: StartHandshake
    ) {
        preconditionFailure("\(kindName) is given what makes its state when it is made")
    }

    /// Takes back the notice of a monitor that is set aside already.
    func takeBackDown(_ monitor: MonitorRef) {}

    override func renderWaiting(atMost limit: Int) -> [String] {
        var texts: [String] = []
        for message in deferred.all where texts.count < limit {
            if let text = shown(message) { texts.append(text) }
        }
        mailbox.forEachWaiting { tag, slot in
            if texts.count >= limit { return false }
            switch tag {
            case MessageTag.call: texts.append(rendered(.call(Boxing<B.Call>.peek(slot))))
            case MessageTag.cast: texts.append(rendered(.cast(Boxing<B.Cast>.peek(slot))))
            case MessageTag.info: texts.append(rendered(.info(Boxing<B.Info>.peek(slot))))
            default:
                let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self)._withUnsafeGuaranteedRef { $0 }
                if let text = shown(.notice(notice)) { texts.append(text) }
            }
            return true
        }
        return texts
    }

    /// A message that waits, as it may be shown; nil for a notice of which no code of the process ever sees anything.
    private func shown(_ message: Deferred<B>.Message) -> String? {
        guard case .notice(let notice) = message else { return rendered(message) }
        if isTakenBack(notice) { return nil }
        if let shown = notice as? ShownInfo<B.Info> { return rendered(.info(shown.info)) }
        if notice is LazyInfo<B.Info> { return "a message that is made when it is handled" }
        return notice.rendered.map { ownFormat?(message) ?? $0 }
    }

    override var renderedState: String? { exposed?.rendered }

    /// How often buffers have been given back.
    override final var hibernationCount: Int { hibernation?.count.load(ordering: .relaxed) ?? 0 }

    /// A waiting message as it may be shown.
    func rendered(_ message: Deferred<B>.Message) -> String { Deferred.render(message) }

    @usableFromInline final var ref: ServerRef<B> { ServerRef(cell: self) }

    @inlinable override init(
        node: Unmanaged<Node>, stride: Int, origin: Unmanaged<Origin>?, limits: MailboxLimits?, pid: PID? = nil,
        slice: @escaping SliceBody
    ) {
        super.init(node: node, stride: stride, origin: origin, limits: limits, pid: pid, slice: slice)
    }

    /// Gives back the room of messages set aside, and the messages themselves.
    final func freeDeferred() {
        guard let rarities else { return }
        rarities.deferred = Deferred()
        setAsideCount.store(0, ordering: .relaxed)
        if rarities.exitHandler == nil, rarities.exposed == nil, rarities.recorder == nil, rarities.ownFormat == nil,
            rarities.ownRedaction == nil
        {
            self.rarities = nil
        }
    }

    /// Frees what turns notices into messages, and messages set aside.
    @usableFromInline final func freeHandlers() {
        if rarities == nil { return }
        rarities = nil
        setAsideCount.store(0, ordering: .relaxed)
    }

    // MARK: notices

    /// What a notice asks of the behaviour's loop.
    @usableFromInline enum Interpretation {
        case nothing
        case info(B.Info)
        case stop(ExitReason)
        /// The idle timeout may be over.
        case idleCheck
    }

    /// The end that a notice asks for, if it is a request to stop: known without looking at what else it may be.
    @usableFromInline final func requestedEnd(_ notice: SystemMessage) -> ExitReason? {
        (notice as? StopRequest)?.reason
    }

    /// Turns a notice of the kernel into something for the loop; runs errands.
    @usableFromInline final func interpret(_ notice: SystemMessage) -> Interpretation {
        switch notice {
        // First, for what follows looks a type up.
        case let signal as DownSignal:
            guard let handler = takeHandler(of: signal.message.monitor) else { return unseen() }
            return .info(handler.info(B.Info.self, of: signal.message))
        case let lazy as LazyInfo<B.Info>:
            return lazy.make().map(Interpretation.info) ?? unseen()
        case let notice as ExitNotice:
            if isFlushed(notice.message) { return unseen() }
            // The parent's wish to end goes to `terminate`, not to a handler.
            if obeysParent, notice.message.pid == origin?.master { return .stop(notice.message.reason) }
            guard let exitHandler else { return unseen() }
            return .info(exitHandler(notice.message))
        case let request as StopRequest:
            return .stop(request.reason)
        case let errand as Errand:
            unseenCount &+= 1
            errand.run(self)
            return .nothing
        case is IdleCheck:
            unseenCount &+= 1
            return .idleCheck
        default:
            return unseen()
        }
    }

    /// A notice that leads to nothing which the process's own code sees.
    private func unseen() -> Interpretation {
        unseenCount &+= 1
        return .nothing
    }
}

/// The timer of an idle timeout has fired; the timeout may have been set anew since.
// @unchecked as its superclass.
final class IdleCheck: SystemMessage, @unchecked Sendable {
}

/// What few processes have, apart from what all of them have: a process without any of it has one word for it.
private final class Rarities<B: ProcessBehavior> {
    var exitHandler: ((ExitMessage) -> B.Info)?
    var deferred = Deferred<B>()
    var exposed: ExposedState?
    var ownFormat: ((Deferred<B>.Message) -> String?)?
    var ownRedaction: (@Sendable (SystemEvent) -> SystemEvent)?
    var recorder: (any ContextRecorder)?
}

/// Messages set aside while a process is suspended.
struct Deferred<B: ProcessBehavior> {
    enum Message {
        case call(B.Call)
        case cast(B.Cast)
        case info(B.Info)
        case notice(SystemMessage)

        fileprivate var isNotice: Bool {
            if case .notice = self { true } else { false }
        }
    }

    private var messages = SetAside<Message>()

    init() {}

    var isEmpty: Bool { messages.isEmpty }
    var count: Int { messages.count }
    var firstPlace: UInt64? { messages.firstPlace }

    mutating func append(_ message: Message, from place: UInt64) { messages.append(message, from: place) }
    mutating func popFirst() -> Message? { messages.popFirst() }
    mutating func remove(at index: Int) { messages.remove(at: index) }

    var beginsWithUserMessage: Bool { !isEmpty && !messages[0].isNotice }
    /// Where the oldest one stands that is no notice of the kernel.
    var firstUserMessage: Int? { (0..<messages.count).first { !messages[$0].isNotice } }

    /// A look at the waiting messages, oldest first.
    var all: [Message] { (0..<messages.count).map { messages[$0] } }

    static func render(_ message: Message) -> String {
        switch message {
        case .call(let call): "\(call)"
        case .cast(let cast): "\(cast)"
        case .info(let info): "\(info)"
        case .notice(let notice): "\(type(of: notice))"
        }
    }
}

/// Notes what a handler asks of its context, for tests without a runtime.
@usableFromInline package protocol ContextRecorder: AnyObject {
    func record(_ effect: ContextEffect)
}

/// Something a handler asked of its context.
public enum ContextEffect: Sendable, Hashable, CustomStringConvertible {
    /// `me.send(_:)`
    case sent(String)
    /// `me.send(_:after:)`
    case scheduled(String, after: Duration)
    /// `me.send(_:every:)`
    case scheduledRepeatedly(String, every: Duration)
    /// `me.monitor`
    case monitoring(PID?)
    /// `me.demonitor`
    case demonitored(MonitorRef)
    /// `me.link`
    case linked(PID)
    /// `me.unlink`
    case unlinked(PID)
    /// `me.trapExits`
    case trappingExits(Bool)
    /// `me.sendExit`
    case sentExit(to: PID)
    /// `me.label`
    case labelled(String)
    /// `me.start`
    case startedTask
    /// `me.spawnLink`, `me.spawnMonitor`, `startLink(me)`, `startMonitor(me)`
    case started(String)
    /// `me.ask`
    case asked(String)
    /// `registry.register(_:_:for: me)`
    case registered(String)
    /// `registry.unregister(_:for: me)`, `registry.unregisterMatch(_:for: me)`
    case unregistered(String)
    /// `registry.updateValue(_:for: me)`
    case updated(String)
    /// `groups.monitor(for: me)`
    case monitoringGroups(String)
    /// `me.sleep`
    case slept(Duration)
    /// `me.whenEnded`
    case awaitingEnd

    public var description: String {
        switch self {
        case .sent(let message): "sent \(message)"
        case .scheduled(let message, let delay): "scheduled \(message) after \(delay)"
        case .scheduledRepeatedly(let message, let interval): "scheduled \(message) every \(interval)"
        case .monitoring(let pid): "monitoring \(pid.map(\.description) ?? "nobody")"
        case .demonitored(let monitor): "ended \(monitor)"
        case .linked(let pid): "linked to \(pid)"
        case .unlinked(let pid): "unlinked from \(pid)"
        case .trappingExits(let isOn): isOn ? "traps exits" : "no longer traps exits"
        case .sentExit(let pid): "sent an exit signal to \(pid)"
        case .labelled(let text): "labelled \(text)"
        case .startedTask: "started a task"
        case .started(let what): "started \(what)"
        case .asked(let message): "asked \(message)"
        case .registered(let place): "registered in \(place)"
        case .unregistered(let place): "unregistered from \(place)"
        case .updated(let place): "updated in \(place)"
        case .monitoringGroups(let scope): "monitoring groups of \(scope)"
        case .slept(let duration): "slept for \(duration)"
        case .awaitingEnd: "has something done at its end"
        }
    }
}
