/// What a handler is called: its type, or its type and a key of one's own. Erlang: `Module` or `{Module, Id}`.
///
/// ```swift
/// let audit = HandlerID<AuditLog>()
/// let perRegion = HandlerID<Metrics>("north")
/// ```
public struct HandlerID<Handler: EventHandler>: Sendable, Hashable, CustomStringConvertible {
    @usableFromInline let erased: AnyHandlerID

    /// The only handler of its type. Erlang: `Module`.
    public init() { erased = AnyHandlerID(Handler.self, key: nil) }

    /// One of several handlers of a type. Erlang: `{Module, Id}`.
    public init(_ key: some Hashable & Sendable) { erased = AnyHandlerID(Handler.self, key: ChildID(key)) }

    public var description: String { erased.description }
}

/// What a handler of whatever type is called. Erlang: `gen_event:handler()`.
public struct AnyHandlerID: Sendable, Hashable, CustomStringConvertible {
    private let type: ObjectIdentifier
    /// The handler's type, printed.
    public let typeName: String
    /// Its key, printed; nil if it has none.
    public var key: String? { id?.description }
    private let id: ChildID?

    init<H: EventHandler>(_ handler: H.Type, key: ChildID?) {
        type = ObjectIdentifier(handler)
        typeName = String(describing: handler)
        id = key
    }

    public static func == (a: AnyHandlerID, b: AnyHandlerID) -> Bool { a.type == b.type && a.id == b.id }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(id)
    }

    public var description: String { key.map { "\(typeName) \($0)" } ?? typeName }
}

/// A handler has gone: told to the process that owns it. Erlang: `{gen_event_EXIT, Handler, Reason}`.
public struct HandlerExit: Sendable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable {
        /// It was deleted or removed itself. Erlang: `normal`.
        case normal
        /// The manager has ended, or was sent an exit signal by the owner. Erlang: `shutdown`.
        case shutdown
        /// Another one has taken its place, which this process owns. Erlang: `{swapped, NewHandler, Pid}`.
        case swapped(to: AnyHandlerID, ownedBy: PID?)
        /// It threw. Erlang: `{'EXIT', Reason}`, or the bad value that it returned.
        case failed(any Error)
    }

    /// Which.
    public let handler: AnyHandlerID
    /// Why.
    public let reason: Reason

    public var description: String {
        switch reason {
        case .normal: "handler \(handler) has gone"
        case .shutdown: "handler \(handler) has gone with its manager"
        case .swapped(let new, _): "handler \(handler) has given way to \(new)"
        case .failed(let error): "handler \(handler) has failed: \(error)"
        }
    }
}

/// Why a request to an event manager could not be served.
public enum EventHandlerError: Error, Sendable, CustomStringConvertible {
    /// There is no such handler. Erlang: `{error, module_not_found}`, `{error, bad_module}`.
    case noSuchHandler(AnyHandlerID)
    /// The handler could not be made; it is not installed. Erlang: what `init` returned instead of `ok`.
    case notInstalled(AnyHandlerID, any Error)
    /// The handler threw, and has been removed. Erlang: `{error, {'EXIT', Reason}}`.
    case failed(AnyHandlerID, any Error)

    public var description: String {
        switch self {
        case .noSuchHandler(let id): "there is no handler \(id)"
        case .notInstalled(let id, let error): "handler \(id) was not installed: \(error)"
        case .failed(let id, let error): "handler \(id) failed and was removed: \(error)"
        }
    }
}
