/// One of the handlers of an ``EventManager``: a state of its own, and what it does with each event. Erlang: a callback
/// module of `gen_event`.
///
/// ```swift
/// struct AuditLog: EventHandler {
///     enum Call: Sendable { case count(Reply<Int>) }
///     private var entries: [String] = []
///
///     mutating func handleEvent(_ event: ShopEvent) -> Next {
///         entries.append("\(event)")
///         return .keep
///     }
///     mutating func handleCall(_ call: Call) -> Next {
///         switch call { case .count(let reply): reply(entries.count) }
///         return .keep
///     }
/// }
/// ```
///
/// All handlers of a manager run in its process, one after the other, the newest first. One that throws is removed,
/// after its `terminate`, and its owner is told; the manager and the other handlers do not notice. A handler that takes
/// long holds up the others: what takes long belongs into a server that the handler casts to.
///
/// A handler none of whose functions suspends should be a ``SynchronousEventHandler``: it is faster.
///
/// `terminate` and those that begin with `format` are optional, so that a misspelt one is silently never called.
public protocol EventHandler<Event>: SendableMetatype {
    /// What happens.
    associatedtype Event: Sendable
    /// Requests to this handler alone.
    associatedtype Call: Sendable = Never
    /// Other messages, sent to all handlers that understand them. Erlang: what `handle_info` gets.
    associatedtype Info: Sendable = Never
    /// What `terminate` gives to whoever deletes or replaces the handler.
    associatedtype Final: Sendable = Void
    /// What a function of the handler returns.
    typealias Next = HandlerNext<Self>

    /// Something has happened. Erlang: `handle_event/2`.
    nonisolated(nonsending) mutating func handleEvent(_ event: Event) async throws -> Next
    /// A request to this handler. Erlang: `handle_call/2`.
    ///
    /// An answer that is given before the function returns reaches the caller when what the handler asked for has been
    /// done; if the function throws, the error reaches him instead.
    nonisolated(nonsending) mutating func handleCall(_ call: Call) async throws -> Next
    /// Any other message. With `ExitMessage` as its `Info` a handler learns of the ends of processes that are linked to
    /// the manager. Erlang: `handle_info/2`.
    nonisolated(nonsending) mutating func handleInfo(_ info: Info) async throws -> Next
    /// The handler is removed, for whatever reason but the manager's being killed. Erlang: `terminate/2`.
    nonisolated(nonsending) mutating func terminate(_ end: HandlerEnd) async throws -> Final
    /// What may be shown of the state in reports and by `SystemControl`. Erlang: `format_status/1`.
    func formatStatus(_ status: StatusContext) throws -> String
    /// What may be shown of what the handler was handling when it failed, and of a request that waits for it. The manager's
    /// own `formatEvent` and `formatInfo`, if it has them, come first. Erlang: `format_status/1`.
    static func formatMessage(_ message: HandlerMessage<Self>) -> String
    /// What may be shown of the error that the handler threw, or because of which it could not be made, in reports and in
    /// the manager's log. Its owner, and whoever has asked it, get the real one. Erlang: `format_status/1`.
    static func formatReason(_ error: any Error) -> any Error

    /// Not to be implemented outside the library: whether no function of the handler suspends.
    static var _isSynchronous: Bool { get }
    /// Not to be implemented outside the library: handles an event without suspending.
    static func _handleAtOnce(_ event: Event, _ handler: inout Self) throws -> Next
}

/// A handler none of whose functions suspends; the compiler checks it. Erlang: a `gen_event` handler; there is no such
/// distinction.
///
/// An event costs it a fraction of what it costs an ``EventHandler``. If all handlers of a manager are such, a process that
/// tells them of something and waits (``ServerAddress/syncNotify(_:timeout:)``) finds the manager idle most of the time,
/// and the handlers run at once on its thread, as the call of a ``SynchronousGenServer`` does. They run in the manager's
/// process all the same, and see nothing of the caller, nor his task-local values.
public protocol SynchronousEventHandler<Event>: EventHandler {
    mutating func handleEvent(_ event: Event) throws -> Next
    mutating func handleCall(_ call: Call) throws -> Next
    mutating func handleInfo(_ info: Info) throws -> Next
    mutating func terminate(_ end: HandlerEnd) throws -> Final
}

extension EventHandler {
    @inlinable public static var _isSynchronous: Bool { false }
    @inlinable public static func _handleAtOnce(_ event: Event, _ handler: inout Self) throws -> Next {
        preconditionFailure("\(Self.self) may suspend")
    }
}

extension SynchronousEventHandler {
    @inlinable public static var _isSynchronous: Bool { true }
    @inlinable public static func _handleAtOnce(_ event: Event, _ handler: inout Self) throws -> Next {
        try handler.handleEvent(event)
    }
}

extension EventHandler {
    public func formatStatus(_ status: StatusContext) -> String { String(describing: self) }
    public static func formatMessage(_ message: HandlerMessage<Self>) -> String { message.description }
    public static func formatReason(_ error: any Error) -> any Error { error }

    @available(
        *, unavailable,
        message: "a handler with a `Call` needs `mutating func handleCall(_ call: Call) -> Next`"
    )
    public mutating func handleCall(_ call: Call) -> Next { fatalError() }
    @available(
        *, unavailable,
        message: "a handler with an `Info` needs `mutating func handleInfo(_ info: Info) -> Next`"
    )
    public mutating func handleInfo(_ info: Info) -> Next { fatalError() }
}
extension EventHandler where Call == Never {
    public mutating func handleCall(_ call: Never) -> Next {}
}
extension EventHandler where Info == Never {
    public mutating func handleInfo(_ info: Never) -> Next {}
}
extension EventHandler where Final == Void {
    public mutating func terminate(_ end: HandlerEnd) {}
}

/// What a handler handles, of whatever kind.
public enum HandlerMessage<Handler: EventHandler>: Sendable, CustomStringConvertible {
    /// Something has happened.
    case event(Handler.Event)
    /// A request to this handler.
    case call(Handler.Call)
    /// Any other message.
    case info(Handler.Info)

    public var description: String {
        switch self {
        case .event(let event): "event \(event)"
        case .call(let call): "call \(call)"
        case .info(let info): "info \(info)"
        }
    }
}

/// Why a handler is removed: what its `terminate` is given. Erlang: the first argument of `terminate/2`.
public enum HandlerEnd: Sendable {
    /// Somebody deleted it, with this argument. Erlang: the argument of `delete_handler`.
    case deleted(any Sendable)
    /// Another one takes its place; with the argument of the swap. Erlang: the first argument of `swap_handler`.
    case swapped(any Sendable)
    /// It asked for it. Erlang: `remove_handler`.
    case removed
    /// The manager ends. Erlang: `stop`.
    case stopped(ExitReason)
    /// The process that it belongs to has ended, or has sent the manager an exit signal. Erlang: `{stop, Reason}`.
    case ownerEnded(ExitReason)
    /// It threw. Erlang: `{error, Reason}`.
    case failed(any Error)
}

/// What a handler does next: the return value of its functions. Erlang: `{ok, _}`, `{swap_handler, …}`,
/// `remove_handler`.
public struct HandlerNext<Handler: EventHandler>: Sendable {
    @usableFromInline let outcome: HandlerOutcome<Handler.Event>

    @inlinable init(_ outcome: HandlerOutcome<Handler.Event>) { self.outcome = outcome }

    /// Wait for the next event. Erlang: `{ok, State}`.
    @inlinable public static var keep: Self { Self(.keep) }
    /// Wait, with as little memory as possible. Erlang: `{ok, State, hibernate}`.
    @inlinable public static var hibernate: Self { Self(.hibernate) }
    /// Remove this handler, after its `terminate`. Erlang: `remove_handler`.
    @inlinable public static var remove: Self { Self(.remove) }

    /// Put another handler in the place of this one; whoever owns this one owns the other. Erlang: `swap_handler`.
    ///
    /// - Parameters:
    ///   - id: What the other is called.
    ///   - argument: Given to this one's `terminate`.
    ///   - hibernates: Whether the manager then waits with as little memory as possible. Erlang: `{ok, State, hibernate}`.
    ///   - make: Makes the other from what `terminate` returned; nil if that threw, which is reported.
    @inlinable public static func swap<New: EventHandler>(
        to id: HandlerID<New> = HandlerID(), argument: any Sendable = (), hibernates: Bool = false,
        _ make: @escaping @Sendable (Handler.Final?) async throws -> New
    ) -> Self where New.Event == Handler.Event {
        Self(
            .swap(
                HandlerSwap(
                    id: id.erased, argument: argument, hibernates: hibernates, formatReason: { New.formatReason($0) }
                ) { final in
                    TypedHandler(try await make(final.flatMap { $0 as? Handler.Final }))
                }))
    }
}

/// What became of one function of a handler. What is rare is behind a pointer: the whole is then small, and copied
/// without asking how.
@usableFromInline enum HandlerOutcome<Event: Sendable>: Sendable {
    case keep
    case hibernate
    case remove
    indirect case swap(HandlerSwap<Event>)
    case failed(any Error)
}

/// Another handler in the place of one.
@usableFromInline struct HandlerSwap<Event: Sendable>: Sendable {
    let id: AnyHandlerID
    let argument: any Sendable
    let hibernates: Bool
    /// What may be shown of the error because of which the new one could not be made.
    let formatReason: @Sendable (any Error) -> any Error
    /// From what the old one's `terminate` returned; nil if it threw or there was none.
    let make: @Sendable ((any Sendable)?) async throws -> AnyHandler<Event>

    @usableFromInline init(
        id: AnyHandlerID, argument: any Sendable, hibernates: Bool,
        formatReason: @escaping @Sendable (any Error) -> any Error,
        make: @escaping @Sendable ((any Sendable)?) async throws -> AnyHandler<Event>
    ) {
        self.id = id
        self.argument = argument
        self.hibernates = hibernates
        self.formatReason = formatReason
        self.make = make
    }
}
