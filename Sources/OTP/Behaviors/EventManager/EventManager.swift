internal import Synchronization

/// Tells any number of handlers what happens; they come and go while it runs. Erlang: `gen_event`.
///
/// ```swift
/// let shopEvents = EventManager<ShopEvent>("shop events")
///
/// try await shopEvents.addHandler { AuditLog() }
/// shopEvents.notify(.ordered(id))
/// let count = try await shopEvents.call(HandlerID<AuditLog>()) { .count($0) }
/// ```
///
/// The value stands in a tree, and is itself an address: everything that is sent to it reaches the process that runs at
/// that moment. A manager that is started again begins without handlers; a process that owns one
/// (``ServerAddress/addSupervisedHandler(_:for:hibernates:_:onExit:)``) is told of its end and can add it again.
///
/// Use something else for: one receiver (a server), receivers that must not wait for each other (a registry with
/// duplicate keys, or a group).
public struct EventManager<Event: Sendable>: ServerAddress, Supervisable, PromptAddress {
    /// Its process.
    public typealias Server = EventManagerServer<Event>

    @usableFromInline let name: EventManagerName<Event>
    public let childSpec: ChildSpec
    @usableFromInline let options: ServerOptions
    @usableFromInline let format: EventFormat<Event>?

    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - name: How others find it; the value itself does in any case.
    ///   - restart: When it is started again, without handlers.
    ///   - shutdown: How it is ended.
    ///   - options: Its mailbox, time limits, and what watches it from its start.
    ///   - formatEvent: What may be shown of an event in logs, traces and reports, and while it waits: the place to hide
    ///     secrets. Unless given: what it prints. Erlang: `format_status/1`.
    ///   - formatInfo: The same of any other message (``ServerAddress/inform(_:)``), and of the exit messages that the
    ///     handlers are given. Erlang: `format_status/1`.
    ///   - formatLog: What may be shown, and kept, of what the manager does while it is watched: the answers of its handlers
    ///     stand in it as they were given. Messages, states, and the errors that handlers threw have been formatted before.
    ///     Called in the manager's process. Erlang: `format_status/1`, for its log.
    @inlinable public init(
        _ id: ChildID? = nil, name: EventManagerName<Event>? = nil, restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), options: ServerOptions = ServerOptions(),
        formatEvent: (@Sendable (Event) -> String)? = nil, formatInfo: (@Sendable (any Sendable) -> String)? = nil,
        formatLog: (@Sendable (SystemEvent) -> SystemEvent)? = nil
    ) {
        // Here, and not in the library, the process is made for its events: its loop is then specialised for them.
        self.init(id, name, restart, shutdown, options, formatEvent, formatInfo, formatLog) { Server._makeCell($0) }
    }

    @usableFromInline init(
        _ id: ChildID?, _ name: EventManagerName<Event>?, _ restart: Restart, _ shutdown: Shutdown,
        _ options: ServerOptions, _ formatEvent: (@Sendable (Event) -> String)?,
        _ formatInfo: (@Sendable (any Sendable) -> String)?, _ formatLog: (@Sendable (SystemEvent) -> SystemEvent)?,
        makeCell: @escaping EventManagerStarter<Event>.MakeCell
    ) {
        let number = EventManagerNumbers.last.add(1, ordering: .relaxed).newValue
        let name = name ?? EventManagerName("\(id?.description ?? "event manager") #\(number)")
        self.name = name
        var format: EventFormat<Event>?
        if formatEvent != nil || formatInfo != nil || formatLog != nil {
            format = EventFormat(event: formatEvent, info: formatInfo, log: formatLog)
        }
        self.format = format
        var options = options
        if let format { options.debug.append(format.option) }
        self.options = options
        childSpec = ChildSpec(
            id: id ?? name.childID, restart: restart, shutdown: shutdown,
            starter: EventManagerStarter(name: name, options: options, format: format, makeCell: makeCell))
    }

    public func whereIs() -> EventManagerRef<Event>? { name.whereIs() }
    public var addressDescription: String { name.addressDescription }
    var isPrompt: Bool { name.isPrompt }

    /// Starts it outside any tree. Erlang: `gen_event:start/0,1,2`.
    ///
    /// - Throws: ``StartError``: `.alreadyStarted` if it runs or its name is taken.
    @inlinable @discardableResult public nonisolated(nonsending) func start() async throws(StartError)
        -> EventManagerRef<Event>
    {
        try await Server.start(name: name, options: options) { [format] in Server($0, format) }
    }

    /// Starts it linked to the process that starts it. Erlang: `gen_event:start_link/0,1,2`.
    @inlinable @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws(StartError) -> EventManagerRef<Event> {
        try await Server.startLink(parent, name: name, options: options) { [format] in Server($0, format) }
    }

    /// Starts it linked to a plain process. Erlang: `gen_event:start_link/0,1,2`.
    @inlinable @discardableResult public nonisolated(nonsending) func startLink<M>(
        _ parent: PlainProcess<M>
    ) async throws(StartError) -> EventManagerRef<Event> {
        try await startLink(parent.context)
    }

    /// Starts it and monitors it in one step. Erlang: `gen_event:start_monitor/0,1,2`.
    @inlinable public nonisolated(nonsending) func startMonitor<B>(
        _ parent: ProcessContext<B>, down: @escaping @Sendable (DownMessage) -> B.Info
    ) async throws(StartError) -> (server: EventManagerRef<Event>, monitor: MonitorRef) {
        try await Server.startMonitor(parent, name: name, options: options, down: down) { [format] in
            Server($0, format)
        }
    }

    /// Starts it from a plain process and monitors it in one step. Erlang: `gen_event:start_monitor/0,1,2`.
    @inlinable public nonisolated(nonsending) func startMonitor<M>(
        _ parent: PlainProcess<M>, down: @escaping @Sendable (DownMessage) -> M
    ) async throws(StartError) -> (server: EventManagerRef<Event>, monitor: MonitorRef) {
        try await startMonitor(parent.context, down: down)
    }
}

/// A reference to one running event manager.
public typealias EventManagerRef<Event: Sendable> = ServerRef<EventManagerServer<Event>>

/// A name under which an event manager is found.
///
/// ```swift
/// extension EventManagerName<ShopEvent> { static var shop: Self { "shop events" } }
/// ```
public typealias EventManagerName<Event: Sendable> = ServerName<EventManagerServer<Event>>

enum EventManagerNumbers {
    static let last = Atomic<UInt64>(0)
}
