internal import Synchronization

/// How an alias ends by itself. Erlang: the options of `alias/1`.
public enum AliasMode: Sendable {
    /// Only by ``ProcessAlias/deactivate()``. Erlang: `explicit_unalias`.
    case explicit
    /// With the first message through it. Erlang: `reply`.
    case reply
}

/// The core of an alias: active or not.
///
/// Closed under the lock of the process that it leads to, under which messages through it are sent as well: once it is
/// closed nothing comes any more, and of two messages the one that is let in is the one that came first.
final class AliasCore: Sendable {
    private let isOpen = Atomic<Bool>(true)
    let endsWithFirst: Bool
    /// The monitor that ends with the first message.
    let monitor: MonitorRef?

    init(endsWithFirst: Bool, monitor: MonitorRef? = nil) {
        self.endsWithFirst = endsWithFirst
        self.monitor = monitor
    }

    var isActive: Bool { isOpen.load(ordering: .acquiring) }

    @discardableResult func deactivate() -> Bool { isOpen.exchange(false, ordering: .acquiringAndReleasing) }
}

/// A second address of a process, which can be shut: what is sent afterwards goes nowhere. Erlang: `alias/1`.
public struct ProcessAlias<B: ProcessBehavior>: Sendable, Hashable {
    let core: AliasCore
    let ref: ServerRef<B>

    /// The process behind the alias.
    public var pid: PID { ref.pid }

    /// Whether messages still pass.
    public var isActive: Bool { core.isActive && ref.isAlive }

    /// Sends a message through the alias; nothing happens when it has been shut. Erlang: `!` to an alias.
    ///
    /// One that ends the alias arrives also if the mailbox is full: nothing else can come in its place.
    public func send(_ info: B.Info) {
        let cell = ref.cell
        var watched: TakenMonitor?
        cell.guarding.withLock {
            guard core.isActive else { return }
            if core.endsWithFirst {
                core.deactivate()
                if let monitor = core.monitor {
                    watched = cell.relations?.takeStanding(monitor)
                    cell.relations?.rare?.monitorAliases[monitor] = nil
                }
            }
            if core.endsWithFirst, cell.isLimited {
                if !cell.has(ProcessCell.Control.dead) { cell.push(LastInfo(info)) }
            } else {
                cell.post(info, tag: MessageTag.info)
            }
        }
        watched?.end()
    }

    /// Shuts the alias. Only the process that it leads to can do that, in its own code.
    ///
    /// - Returns: False if it was shut already, or if somebody else asks: then nothing happens. Erlang: `unalias/1`.
    @discardableResult public func deactivate() -> Bool {
        let cell = ref.cell
        if CurrentProcess.cell !== cell, !cell.has(ProcessCell.Control.recorded) { return false }
        return cell.guarding.withLock { core.deactivate() }
    }

    public static func == (a: ProcessAlias, b: ProcessAlias) -> Bool { a.core === b.core }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }
}

/// A message that has ended its alias, and the monitor as well: a notice, for which there is always room.
// @unchecked as its superclass.
private final class LastInfo<Info: Sendable>: ShownInfo<Info>, @unchecked Sendable {
    init(_ info: Info) { super.init(info) { info } }
}

/// How an alias made together with a monitor ends. Erlang: the option `alias` of `monitor/3`.
public enum MonitorAliasMode: Sendable {
    /// Alias and monitor are separate. Erlang: `explicit_unalias`.
    case explicit
    /// The alias ends with the monitor: by `demonitor` or when the notice is delivered. Erlang: `demonitor`.
    case demonitor
    /// As `demonitor`; also the first message through the alias ends both. Erlang: `reply_demonitor`.
    case replyDemonitor
}

extension ProcessContext {
    /// Makes a second address of this process. Erlang: `alias/1`.
    public func alias(_ mode: AliasMode = .explicit) -> ProcessAlias<B> {
        ProcessAlias(core: AliasCore(endsWithFirst: mode == .reply), ref: ref)
    }

    /// Monitors and makes an alias for the answer in one step. Erlang: `monitor/3` with option `alias`.
    public func monitor(
        _ pid: PID, alias mode: MonitorAliasMode, _ message: @escaping @Sendable (DownMessage) -> B.Info
    ) -> (monitor: MonitorRef, alias: ProcessAlias<B>) {
        monitor(Node.isMonitorable(pid) ? pid : nil, mode, DownHandler(message)) { cell.monitor(pid, as: $0, $1) }
    }

    /// Monitors the server that is meant now, and makes an alias for the answer. Erlang: `monitor/3` with option
    /// `alias`.
    public func monitor<A: ServerAddress>(
        _ server: A, alias mode: MonitorAliasMode, _ message: @escaping @Sendable (DownMessage) -> B.Info
    ) -> (monitor: MonitorRef, alias: ProcessAlias<B>) {
        let target = server.whereIs()?.cell
        return monitor(target?.pid, mode, DownHandler(message)) { cell.monitor(orNobody: target, as: $0, $1) }
    }

    /// Starts a process, monitors it and makes an alias for its answers in one step; the body gets the alias.
    /// Erlang: `spawn_opt/2` with `{monitor, [{alias, Mode}]}`.
    public func spawnMonitor<Message: Sendable>(
        receiving type: Message.Type, alias mode: MonitorAliasMode,
        _ message: @escaping @Sendable (DownMessage) -> B.Info,
        body: @escaping @Sendable (PlainProcess<Message>, ProcessAlias<B>) async throws -> Void
    ) -> (process: ProcessRef<Message>, monitor: MonitorRef, alias: ProcessAlias<B>) {
        if let nobody = noteStart(of: type) {
            let made = monitor(nobody.pid, mode, DownHandler(message)) { _, _ in }
            return (nobody, made.monitor, made.alias)
        }
        let alias = LockedBox<ProcessAlias<B>?>(nil)
        var made: (monitor: MonitorRef, alias: ProcessAlias<B>)?
        let child = cell.node.makePlain(
            type, options: SpawnOptions(), parent: cell,
            before: { child in
                made = monitor(child.pid, mode, DownHandler(message)) { cell.monitor(child, as: $0, $1) }
                alias.set(made!.alias)
            },
            { me in
                guard let alias = alias.get() else { return }
                try await body(me, alias)
            })
        if isVoid { child.kill() }
        cell.node.launch(child)
        return (ProcessRef(server: child.ref), made!.monitor, made!.alias)
    }

    /// Makes the alias, then the monitor.
    private func monitor(
        _ target: @autoclosure () -> PID?, _ mode: MonitorAliasMode, _ handler: DownHandler,
        _ watch: (MonitorRef, DownHandler) -> Void
    ) -> (monitor: MonitorRef, alias: ProcessAlias<B>) {
        let ref = MonitorRef.make()
        let core =
            mode == .replyDemonitor
            ? AliasCore(endsWithFirst: true, monitor: ref) : AliasCore(endsWithFirst: false)
        if !cell.notes(.monitoring(target())) {
            if mode != .explicit { cell.guarding.withLock { cell.tied.rarely.monitorAliases[ref] = core } }
            watch(ref, handler)
        }
        return (ref, ProcessAlias(core: core, ref: self.ref))
    }
}
