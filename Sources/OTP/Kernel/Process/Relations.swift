internal import Synchronization

/// Whom a process is tied to. Exists only for processes that are tied to something; guarded by the cell's lock,
/// so that no dynamic check of exclusive access is needed, each of which costs more than what it checks.
final class Relations {
    /// Both sides hold the link. Erlang: `links`.
    @exclusivity(unchecked) var links = TieTable<PID, TiedProcess>()
    /// Who is told of this process's end. Erlang: `monitored_by`.
    @exclusivity(unchecked) var watchers = TieTable<MonitorRef, Watcher>()
    /// Whose end this process is told of. Erlang: `monitors`.
    @exclusivity(unchecked) var monitoring = TieTable<MonitorRef, Monitoring>()
    /// Those to whom the process was tied are being told of its end: until then the relations are kept.
    @exclusivity(unchecked) var isTelling = false
    @exclusivity(unchecked) var names = Few<any NameHold>()
    @exclusivity(unchecked) var resources = Few<any ProcessResource>()
    /// With whose end this process ends, as long as the two are linked, also when that is a normal one.
    @exclusivity(unchecked) var followed: PID?
    /// Retained, and set once: the process's own code reads it without the lock.
    private let lineageWord = Atomic<UInt>(0)
    @exclusivity(unchecked) var looseLineage: Origin?
    @exclusivity(unchecked) private(set) var rare: RareRelations?
    /// As ``ProcessCell/home``.
    let home: UInt8

    init(home: UInt8) { self.home = home }

    deinit { lineageRef?.release() }

    /// Whom the children of the process come from; nil until the first is started.
    var lineageRef: Unmanaged<Origin>? {
        UnsafeRawPointer(bitPattern: lineageWord.load(ordering: .acquiring)).map(Unmanaged.fromOpaque)
    }

    /// The same made, with the lock held.
    func lineage(_ make: () -> Origin) -> Unmanaged<Origin> {
        if let lineageRef { return lineageRef }
        let made = Unmanaged.passRetained(make())
        lineageWord.store(UInt(bitPattern: made.toOpaque()), ordering: .releasing)
        return made
    }

    /// Whose end it waits for.
    var monitored: [PID] {
        var pids: [PID] = []
        monitoring.forEach { ref, monitoring in
            if !monitoring.isStanding { return }
            let pid = monitoring.process?._withUnsafeGuaranteedRef { $0.pid } ?? rare?.callers[ref]?.pid
            if let pid { pids.append(pid) }
        }
        return pids
    }

    /// The processes that wait for its end.
    var monitoringProcesses: [PID] {
        var pids: [PID] = []
        watchers.forEach { _, watcher in
            if let process = watcher.process { pids.append(process._withUnsafeGuaranteedRef { $0.pid }) }
        }
        return pids
    }

    /// Takes a monitor out that still stands.
    func takeStanding(_ ref: MonitorRef) -> TakenMonitor? {
        guard monitoring[ref]?.isStanding == true else { return nil }
        return monitoring.removeValue(forKey: ref).map { taken(ref, $0) }
    }

    /// What is to be done about a monitor that has been taken out.
    func taken(_ ref: MonitorRef, _ monitoring: Monitoring) -> TakenMonitor {
        TakenMonitor(
            ref: ref, monitoring: monitoring, process: monitoring.process?.takeUnretainedValue(),
            caller: takeCaller(ref))
    }

    /// The caller of a call that the monitor watched.
    func takeCaller(_ ref: MonitorRef) -> CallerIdentity? { rare?.callers.removeValue(forKey: ref) }

    /// What most processes never have, made when first needed.
    var rarely: RareRelations {
        if let rare { return rare }
        let fresh = RareRelations()
        rare = fresh
        return fresh
    }
}

/// A process at the other end of a tie, without counting a reference.
///
/// It is valid under the lock of the process that has the tie: whoever ends takes the ties to itself out of those at
/// their other ends, each under its lock, before it can be freed.
typealias TiedProcess = Unmanaged<ProcessCell>

/// Who is told of a process's end: another process, or something else.
struct Watcher {
    let process: TiedProcess?
    let other: DownListener?

    init(process: ProcessCell) {
        self.process = .passUnretained(process)
        other = nil
    }

    init(_ listener: DownListener) {
        process = nil
        other = listener
    }

    /// Held from now on, until it is told.
    var held: Held { other.map(Held.other) ?? .process(process!.retain()) }

    /// Is told exactly once.
    enum Held {
        /// Retained once, and no more: where many end at once whom one process watches, each count of it comes from another
        /// processor.
        case process(TiedProcess)
        case other(DownListener)

        func down(_ message: DownMessage) {
            switch self {
            case .process(let process):
                process._withUnsafeGuaranteedRef { $0.down(message) }
                process.release()
            case .other(let other): other.down(message)
            }
        }
    }
}

/// One end that a process wants to be told of, until its own code has been.
struct Monitoring {
    /// Who is watched, while the monitor stands. Nil if it has ended before, and for the caller of a call: see
    /// ``RareRelations/callers``.
    private(set) var process: TiedProcess?
    /// Nothing has been told yet.
    private(set) var isStanding = true
    /// What makes a message of the notice.
    let handler: DownHandler

    init(process: ProcessCell?, handler: DownHandler) {
        self.process = process.map { .passUnretained($0) }
        self.handler = handler
    }

    /// The notice goes into the mailbox. False if it has before.
    mutating func fire() -> Bool {
        guard isStanding else { return false }
        isStanding = false
        process = nil
        return true
    }
}

/// A monitor that has been taken out, held: whom it watched is told without the lock, and what its handler has captured is
/// freed without it.
struct TakenMonitor {
    let ref: MonitorRef
    let monitoring: Monitoring
    let process: ProcessCell?
    let caller: CallerIdentity?

    /// Nobody waits for that end any more.
    func end() {
        process?.removeWatcher(ref)
        caller?.removeWatcher(ref)
    }
}

/// What few processes are tied to, or have put aside. Guarded as ``Relations``.
final class RareRelations {
    /// Aliases that end with a monitor.
    @exclusivity(unchecked) var monitorAliases: [MonitorRef: AliasCore] = [:]
    /// The callers of calls whose end is waited for, by what monitors them.
    @exclusivity(unchecked) var callers: [MonitorRef: CallerIdentity] = [:]
    /// Requests whose outcome is to become a message of this process: their slots, and in which generation.
    @exclusivity(unchecked) var asked: [UInt: UInt64] = [:]
    @exclusivity(unchecked) var releaseListeners: [@Sendable () -> Void] = []
    /// Processes of which one exit message, already in the mailbox, is not to be handled.
    @exclusivity(unchecked) var flushedExits: Set<PID> = []
    @exclusivity(unchecked) var label: String?
    /// What the process's own code has put aside. Erlang: the process dictionary.
    @exclusivity(unchecked) var locals: [LocalKey: any Sendable] = [:]
}

/// What is told of the end of a process that it monitors, and is no process itself.
// A class and no protocol, so that a monitor is copied without a look at a table of witnesses.
// @unchecked as it has subclasses; each of them says why it may be sent.
@usableFromInline class DownListener: @unchecked Sendable {
    init() {}

    func down(_ message: DownMessage) {}
}

/// A name that its holder's end sets free.
@usableFromInline package protocol NameHold: AnyObject, Sendable {
    /// What to show in reports; nil if it is of no interest to people.
    var text: String? { get }
    /// Sets the name free, if `pid` still holds it.
    func release(_ pid: PID)
    /// Where the name is, if the process has at most one hold there.
    var owner: ObjectIdentifier? { get }
}

extension NameHold {
    package var owner: ObjectIdentifier? { nil }
}

/// Something that a process owns and that ends with it, before its names are free.
@usableFromInline package protocol ProcessResource: AnyObject, Sendable {
    func release(_ pid: PID, reason: ExitReason)
    /// The same when its names are free, and before its links and monitors are told.
    func releaseLast(_ pid: PID)
}

extension ProcessResource {
    @usableFromInline package func releaseLast(_ pid: PID) {}
}

/// Code that runs when its process has ended.
final class EndAction: ProcessResource {
    private let body: @Sendable (ExitReason) -> Void
    init(_ body: @escaping @Sendable (ExitReason) -> Void) { self.body = body }
    func release(_ pid: PID, reason: ExitReason) { body(reason) }
}

extension ProcessCell {
    /// The relations, made when first needed. Only with the lock held, or while nobody else knows of the process.
    final var tied: Relations { withTies { $0 } }

    /// Who the process's children come from.
    @usableFromInline final var lineage: Origin { guarding.withLock { lineageRef.takeUnretainedValue() } }

    /// With the lock held.
    private final var lineageRef: Unmanaged<Origin> {
        withTies { $0.lineage { Origin(parent: pid, grandparents: origin, callers: callers) } }
    }

    /// The same for the process's own code, which alone may ask: as long as that runs the relations stay once they are
    /// there, and neither the lock is taken nor a reference counted.
    @usableFromInline final var ownLineage: Unmanaged<Origin> {
        let word = tiesWord.load(ordering: .acquiring)
        if word & SoleTie.mark == 0, let relations = UnsafeRawPointer(bitPattern: word) {
            let known = Unmanaged<Relations>.fromOpaque(relations)._withUnsafeGuaranteedRef { $0.lineageRef }
            if let known { return known }
        }
        return guarding.withLock { lineageRef }
    }

    /// Who those come from that the process starts neither linked nor monitored.
    @usableFromInline final var looseLineage: Origin {
        guarding.withLock {
            if let lineage = relations?.looseLineage { return lineage }
            let lineage = Origin(parent: pid, grandparents: origin, isObeyed: false)
            tied.looseLineage = lineage
            return lineage
        }
    }

    // MARK: resources

    /// False if the process has ended.
    @usableFromInline package final func own(_ resource: any ProcessResource) -> Bool {
        guarding.withLock {
            if has(Control.dead) { return false }
            tied.resources.append(resource)
            return true
        }
    }

    @usableFromInline package final func disown(_ resource: any ProcessResource) {
        guarding.withLock { relations?.resources.removeAll { $0 === resource } }
    }

    /// Notes a request that is given up when this process ends; false if it has ended.
    final func asks(_ slot: CallSlot, _ generation: UInt64) -> Bool {
        guarding.withLock {
            if has(Control.dead) { return false }
            tied.rarely.asked[UInt(bitPattern: slot.body)] = generation
            return true
        }
    }

    /// The request is over.
    final func hasAsked(_ slot: CallSlot) {
        guarding.withLock { _ = relations?.rare?.asked.removeValue(forKey: UInt(bitPattern: slot.body)) }
    }

    /// False of one that has ended, and of what is no process.
    final var isNameable: Bool { !has(Control.dead | Control.closed) }

    /// False if the process has ended.
    @usableFromInline package final func hold(_ name: any NameHold) -> Bool { hold(name) { true } }

    /// The same for a name that is entered meanwhile, if it can be: the process does not end in between.
    @discardableResult final func hold(_ name: any NameHold, enter: () -> Bool) -> Bool {
        guarding.withLock {
            if !isNameable || !enter() { return false }
            tied.names.append(name)
            return true
        }
    }

    /// What the process holds there.
    @usableFromInline final func hold(ownedBy owner: ObjectIdentifier) -> (any NameHold)? {
        guarding.withLock { heldName(at: owner) }
    }

    /// The same with the lock held.
    final func heldName(at owner: ObjectIdentifier) -> (any NameHold)? {
        withRelations { $0.names.isEmpty ? nil : $0.names.first(where: { $0.owner == owner }) } ?? nil
    }

    /// Holds the name, unless the process holds one there already: what it then holds there. Nil if it has ended.
    @usableFromInline final func hold(_ name: any NameHold, onlyOneAt owner: ObjectIdentifier) -> (any NameHold)? {
        guarding.withLock {
            if !isNameable { return nil }
            if let known = heldName(at: owner) { return known }
            withTies { $0.names.append(name) }
            return name
        }
    }

    @usableFromInline package final func letGo(_ name: any NameHold) {
        guarding.withLock { relations?.names.removeAll { $0 === name } }
    }

    /// Runs `body` when the state of the ended process is freed: for a zombie, when its code has returned.
    /// At once if that is over.
    package final func whenReleased(_ body: @escaping @Sendable () -> Void) {
        let isOver = guarding.withLock { () -> Bool in
            if has(Control.released) || !asksForRelease() { return true }
            tied.rarely.releaseListeners.append(body)
            return false
        }
        if isOver { body() }
    }
}
