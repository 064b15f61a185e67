extension PlainProcess {
    /// Sends a message to this process itself. Erlang: `self() !`.
    public func send(_ message: Message) { context.send(message) }

    /// Sends a message to this process itself after `delay`. Erlang: `erlang:send_after/3`.
    @inlinable @discardableResult public func send(_ message: Message, after delay: Duration) -> TimerRef {
        context.send(message, after: delay)
    }

    /// See ``ProcessContext/send(_:at:)``.
    @discardableResult public func send(_ message: Message, at point: Duration) -> TimerRef {
        context.send(message, at: point)
    }

    /// See ``ProcessContext/send(after:_:)``.
    @discardableResult public func send(
        after delay: Duration, _ message: @escaping @Sendable (TimerRef) -> Message
    ) -> TimerRef {
        context.send(after: delay, message)
    }

    /// See ``ProcessContext/sendExit(_:after:)``.
    @discardableResult public func sendExit(_ signal: ExitSignal, after delay: Duration) -> TimerRef {
        context.sendExit(signal, after: delay)
    }

    /// See ``ProcessContext/cancel(_:then:)``.
    public func cancel(_ timer: TimerRef, then message: (Duration?) -> Message) { context.cancel(timer, then: message) }

    /// See ``ProcessContext/read(_:then:)``.
    public func read(_ timer: TimerRef, then message: (Duration?) -> Message) { context.read(timer, then: message) }

    /// Sends a message to this process itself at each interval. Erlang: `timer:send_interval/2`.
    @discardableResult public func send(
        _ message: Message, every interval: Duration, mode: IntervalMode = .rate
    ) -> TimerRef {
        context.send(message, every: interval, mode: mode)
    }

    /// See ``ProcessContext/monitor(_:_:)-(PID,_)``.
    @inlinable @discardableResult public func monitor(
        _ pid: PID, _ message: @escaping @Sendable (DownMessage) -> Message
    ) -> MonitorRef {
        cell.ownMonitor(pid, DownHandler(message))
    }

    /// See ``ProcessContext/monitor(_:_:)-(ServerAddress,_)``.
    @discardableResult public func monitor<A: ServerAddress>(
        _ server: A, _ message: @escaping @Sendable (DownMessage) -> Message
    ) -> MonitorRef {
        context.monitor(server, message)
    }

    /// See ``ProcessContext/demonitor(_:flush:)``.
    @inlinable @discardableResult public func demonitor(_ monitor: MonitorRef, flush: Bool = true) -> Bool {
        cell.ownDemonitor(monitor, flush: flush)
    }

    /// See ``ProcessContext/link(to:)-(PID)``.
    public func link(to pid: PID) throws { try cell.ownLink(to: pid) }

    /// See ``ProcessContext/unlink(from:)-(PID)``.
    public func unlink(from pid: PID) { cell.ownUnlink(from: pid) }

    /// See ``ProcessContext/trapExits(_:)``.
    @discardableResult public func trapExits(_ message: @escaping @Sendable (ExitMessage) -> Message) -> Bool {
        context.trapExits(message)
    }

    /// See ``ProcessContext/untrapExits()``.
    @discardableResult public func untrapExits() -> Bool { context.untrapExits() }

    /// See ``ProcessContext/sendExit(_:to:)``. To itself this is a signal, not an error: nothing can catch it.
    public func sendExit(_ signal: ExitSignal, to pid: PID) { context.sendExit(signal, to: pid) }

    /// See ``ProcessContext/label(_:)``.
    public func label(_ text: String?) { context.label(text) }

    /// See ``ProcessContext/label``.
    public var label: String? { context.label }

    /// See ``ProcessContext/whenEnded(_:)``.
    public func whenEnded(_ body: @escaping @Sendable (ExitReason) -> Void) { context.whenEnded(body) }

    /// See ``ProcessContext/alias(_:)``.
    public func alias(_ mode: AliasMode = .explicit) -> ProcessAlias<PlainBehavior<Message>> { context.alias(mode) }

    /// See ``ProcessContext/monitor(_:alias:_:)``.
    public func monitor(
        _ pid: PID, alias mode: MonitorAliasMode, _ message: @escaping @Sendable (DownMessage) -> Message
    ) -> (monitor: MonitorRef, alias: ProcessAlias<PlainBehavior<Message>>) {
        context.monitor(pid, alias: mode, message)
    }

    /// See ``ProcessContext/monitor(_:alias:_:)``.
    public func monitor<A: ServerAddress>(
        _ server: A, alias mode: MonitorAliasMode, _ message: @escaping @Sendable (DownMessage) -> Message
    ) -> (monitor: MonitorRef, alias: ProcessAlias<PlainBehavior<Message>>) {
        context.monitor(server, alias: mode, message)
    }

    /// See ``ProcessContext/spawnMonitor(receiving:alias:_:body:)``.
    public func spawnMonitor<M: Sendable>(
        receiving type: M.Type, alias mode: MonitorAliasMode,
        _ message: @escaping @Sendable (DownMessage) -> Message,
        body: @escaping @Sendable (PlainProcess<M>, ProcessAlias<PlainBehavior<Message>>) async throws -> Void
    ) -> (process: ProcessRef<M>, monitor: MonitorRef, alias: ProcessAlias<PlainBehavior<Message>>) {
        context.spawnMonitor(receiving: type, alias: mode, message, body: body)
    }

    /// See ``ProcessContext/link(to:)-(ServerAddress)``.
    public func link<A: ServerAddress>(to server: A) throws { try context.link(to: server) }

    /// See ``ProcessContext/unlink(from:)-(ServerAddress)``.
    public func unlink<A: ServerAddress>(from server: A) { context.unlink(from: server) }

    /// See ``ProcessContext/spawnLink(receiving:options:_:)``.
    @discardableResult public func spawnLink<M: Sendable>(
        receiving type: M.Type, options: SpawnOptions = SpawnOptions(),
        _ body: @escaping @Sendable (PlainProcess<M>) async throws -> Void
    ) -> ProcessRef<M> {
        context.spawnLink(receiving: type, options: options, body)
    }

    /// See ``ProcessContext/spawnLink(_:)``.
    @discardableResult public func spawnLink(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> ProcessRef<Never> {
        context.spawnLink(body)
    }

    /// See ``ProcessContext/spawnMonitor(receiving:options:_:body:)``.
    public func spawnMonitor<M: Sendable>(
        receiving type: M.Type, options: SpawnOptions = SpawnOptions(),
        _ message: @escaping @Sendable (DownMessage) -> Message,
        body: @escaping @Sendable (PlainProcess<M>) async throws -> Void
    ) -> (process: ProcessRef<M>, monitor: MonitorRef) {
        context.spawnMonitor(receiving: type, options: options, message, body: body)
    }

    /// See ``ProcessContext/spawnMonitor(_:body:)``.
    public func spawnMonitor(
        _ message: @escaping @Sendable (DownMessage) -> Message,
        body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) -> (process: ProcessRef<Never>, monitor: MonitorRef) {
        context.spawnMonitor(message, body: body)
    }
}

extension PlainProcess where Message == Never {
    /// Nothing can be made of an exit in a process that takes no messages: the first one would end the program.
    // Not `unavailable`: then the general one would be taken.
    @available(
        *, deprecated, message: "a process without messages cannot receive exits: begin it with `spawn(receiving:)`"
    )
    @discardableResult public func trapExits(_ message: @escaping @Sendable (ExitMessage) -> Never) -> Bool {
        context.trapExits(message)
    }
}
