/// A process as its own code sees it: who it is and what it may ask of the runtime.
///
/// Handlers get it as `me`. It is not `Sendable`: it belongs to the handler's own task; what leaves is ``ref``.
/// Of a process that has been killed and only finishes its handler, nothing takes effect any more.
public struct ProcessContext<B: ProcessBehavior> {
    @usableFromInline let cell: BehaviorCell<B>

    @inlinable init(_ cell: BehaviorCell<B>) { self.cell = cell }

    /// Takes over the reference.
    @inlinable init(held: Unmanaged<ProcessCell>) {
        cell = unsafeDowncast(held.takeRetainedValue(), to: BehaviorCell<B>.self)
    }

    /// Gives the reference away.
    @inlinable consuming func givenUp() -> Unmanaged<ProcessCell> { .passRetained(cell) }

    /// The identity of this process. Erlang: `self/0`.
    public var pid: PID { cell.pid }

    /// The reference by which others reach this process; may be sent anywhere.
    public var ref: ServerRef<B> { ServerRef(cell: cell) }

    /// The node on which the process runs.
    public var node: Node { cell.node }

    /// The process that started this one; nil if that was an ordinary task. Erlang: `proc_lib`'s `$ancestors`.
    public var parent: PID? { cell.origin?.parent }

    /// The parent, its parent and so on: all of up to 128, of a longer line the nearest 64 at least. Erlang: `$ancestors`.
    public var ancestors: [PID] { cell.origin?.ancestors ?? [] }

    /// Greater in each later incarnation of a child. For fencing writes to the outside, so that a zombie's late write can
    /// be refused. Of processes that are merely spawned it says nothing.
    public var epoch: UInt64 { cell.pid.number }

    /// Whether the process has been asked to end or was killed.
    public var isEnding: Bool { cell.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead) }

    /// How many messages wait, those included that a selective receive has passed over, and what has been taken back (by
    /// ``demonitor(_:flush:)``, or ``TimerRef/cancel()`` of an interval) until its turn comes. Erlang: `message_queue_len`.
    public var mailboxCount: Int { cell.waitingCount }

    @inlinable var isVoid: Bool { cell.has(ProcessCell.Control.dead) }

    /// Stops code of a killed process that goes on running: throws ``CallError`` with code `.killed`.
    public func checkAlive() throws {
        if isVoid { throw CallError(.killed, pid: pid) }
    }

    // MARK: messages to oneself

    /// Sends a message to this process itself, behind what is already waiting. Erlang: `self() !`.
    public func send(_ info: B.Info) {
        if let recorder = cell.recorder { return recorder.record(.sent("\(info)")) }
        if isVoid { return }
        cell.post(info, tag: 3)
    }

    /// Sends a message to this process itself after `delay`. Erlang: `erlang:send_after/3`.
    ///
    /// The timer ends with the process.
    @inlinable @discardableResult public func send(_ info: B.Info, after delay: Duration) -> TimerRef {
        if cell.recorder != nil { return noteScheduled(info, after: delay) }
        return Timers.send(info, to: cell, at: cell.deadline(after: delay))
    }

    /// There is no process: it is noted what was asked for.
    @inline(never) @usableFromInline func noteScheduled(_ info: B.Info, after delay: Duration) -> TimerRef {
        cell.recorder?.record(.scheduled("\(info)", after: delay))
        return .none
    }

    /// Sends a message to this process itself at each interval. Erlang: `timer:send_interval/2`.
    ///
    /// A tick is left out while the one before still waits in the mailbox. The timer ends with the process.
    /// - Parameter interval: More than zero; anything shorter than a microsecond counts as one.
    @discardableResult public func send(
        _ info: B.Info, every interval: Duration, mode: IntervalMode = .rate
    ) -> TimerRef {
        if let recorder = cell.recorder {
            recorder.record(.scheduledRepeatedly("\(info)", every: interval))
            return .none
        }
        if isVoid { return .none }
        return Timers.send(info, to: cell, every: interval, mode: mode)
    }

    // MARK: monitors

    /// Asks to be told when `pid` ends; at once, with `.noProcess`, if it has ended. Erlang: `erlang:monitor/2`.
    ///
    /// - Parameter message: Turns the notice into one of this process's messages when it is taken from the mailbox.
    @inlinable @discardableResult public func monitor(
        _ pid: PID, _ message: @escaping @Sendable (DownMessage) -> B.Info
    ) -> MonitorRef {
        cell.ownMonitor(pid, DownHandler(message))
    }

    /// Asks to be told when the server that is meant now ends; at once if there is none. Erlang: `erlang:monitor/2`.
    @discardableResult public func monitor<A: ServerAddress>(
        _ server: A, _ message: @escaping @Sendable (DownMessage) -> B.Info
    ) -> MonitorRef {
        cell.ownMonitor(server.whereIs()?.cell, DownHandler(message))
    }

    /// Ends a monitor. Erlang: `erlang:demonitor/2`.
    ///
    /// - Parameter flush: Also takes back a notice that is already in the mailbox, so that none arrives any more.
    /// - Returns: True if the monitor stood: no notice has been or will be delivered. False if its notice had come, or
    ///   if it was no monitor of this process (option `info`).
    @inlinable @discardableResult public func demonitor(_ monitor: MonitorRef, flush: Bool = true) -> Bool {
        cell.ownDemonitor(monitor, flush: flush)
    }

    // MARK: links and exits

    /// Ties the two lives together: the abnormal end of one ends the other, unless that traps exits.
    ///
    /// - Throws: ``CallError`` with code `.noProcess` if there is no such process and this one does not trap exits;
    ///   one that does gets an exit message instead. Erlang: `link/1`.
    public func link(to pid: PID) throws { try cell.ownLink(to: pid) }

    /// Ties this process to the server that is meant now. Erlang: `link/1`.
    ///
    /// - Throws: As ``link(to:)-(PID)``; `.noProcess` also if nobody is meant.
    public func link<A: ServerAddress>(to server: A) throws {
        guard let target = server.whereIs() else { throw CallError(.noProcess, call: "link to \(server)") }
        try link(to: target.pid)
    }

    /// Ends a link: afterwards no exit of the other arrives because of it. Erlang: `unlink/1`.
    public func unlink(from pid: PID) { cell.ownUnlink(from: pid) }

    /// Ends a link. Erlang: `unlink/1`.
    public func unlink<A: ServerAddress>(from server: A) {
        if let pid = server.pid { unlink(from: pid) }
    }

    /// From now on exit signals arrive as messages, except `kill`. One from the parent still ends a server, after its
    /// `terminate`; a plain process gets it as a message too.
    /// Erlang: `process_flag(trap_exit, true)`.
    ///
    /// - Returns: Whether they did before.
    @discardableResult public func trapExits(_ message: @escaping @Sendable (ExitMessage) -> B.Info) -> Bool {
        cell.recorder?.record(.trappingExits(true))
        cell.exitHandler = message
        return cell.trap(true)
    }

    /// From now on exit signals end this process again. Erlang: `process_flag(trap_exit, false)`.
    ///
    /// - Returns: Whether they were messages before.
    @discardableResult public func untrapExits() -> Bool {
        cell.recorder?.record(.trappingExits(false))
        return cell.trap(false)
    }

    /// Sends an exit signal. Erlang: `exit/2`.
    public func sendExit(_ signal: ExitSignal, to pid: PID) {
        if let recorder = cell.recorder { return recorder.record(.sentExit(to: pid)) }
        if isVoid { return }
        guard let target = Node.cell(pid) else { return }
        Signals.exit(signal, to: target, from: cell.pid)
    }

    /// A text that describes this process to people, in reports and snapshots; nil takes it away.
    /// Erlang: `proc_lib:set_label/1`.
    public func label(_ text: String?) {
        if let recorder = cell.recorder { return recorder.record(.labelled(text ?? "nothing")) }
        if isVoid { return }
        cell.guarding.withLock { cell.tied.rarely.label = text }
    }

    /// The text that was set by ``label(_:)``; nil if none was. Erlang: `proc_lib:get_label/1`.
    public var label: String? { cell.guarding.withLock { cell.relations?.rare?.label } }

    /// Runs `body` when this process has ended, even if it was killed, before its names are free: whoever then finds
    /// no process under the name finds the resource released as well. Bodies run in reverse order.
    ///
    /// `body` runs on the thread of whoever ended the process: it is to be short and to wait for nothing.
    /// At once if the process has ended already.
    public func whenEnded(_ body: @escaping @Sendable (ExitReason) -> Void) {
        if cell.notes(.awaitingEnd) { return }
        let resource = EndAction(body)
        if !cell.own(resource) { resource.release(pid, reason: cell.finalReason ?? .killed) }
    }
}

@available(*, unavailable) extension ProcessContext: Sendable {}
