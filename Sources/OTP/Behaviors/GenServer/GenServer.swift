/// A process with a state that handles one message at a time. Erlang: `gen_server`; Elixir: `GenServer`.
///
/// ```swift
/// struct Counter: GenServer {
///     enum Call: Sendable { case value(Reply<Int>) }
///     enum Cast: Sendable { case increment }
///     private var count = 0
///
///     mutating func handleCall(_ call: Call, _ me: Me) -> Next {
///         switch call { case .value(let reply): reply(count) }
///     }
///     mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
///         switch cast { case .increment: count += 1 }
///         return .receive
///     }
/// }
/// ```
///
/// **State** is the value itself, made inside the process and never shared. **Handlers** may be `async throws` or
/// plain; while one runs, even while it waits, no other message is handled. **To fail** is to `throw`: the server ends
/// with that error and its supervisor starts a new one; an answer that is a refusal is a reply value, not an error.
/// **Clients** are functions in `extension ServerAddress<Counter>`. **In a tree** stands
/// `Counter.child(name: .counter) { Counter() }`.
///
/// Use something else for: work that ends by itself (a task), state without behaviour (an agent), a protocol with states
/// (a state machine). A server none of whose handlers suspends should be a ``SynchronousGenServer``: it is faster.
///
/// Some requirements are optional, so that a misspelt one is silently never called: `handleStart`, `terminate`, and
/// those that begin with `format`.
public protocol GenServer: StatefulBehavior {
    associatedtype Call = Never
    associatedtype Cast = Never
    associatedtype Info = Never
    /// Steps that come before any message. Erlang: the argument of `handle_continue`.
    associatedtype Continuation: Sendable = Never
    /// What a handler returns.
    typealias Next = NextStep<Self>

    /// Called once, after the start has been acknowledged and before any message: says what comes first. Not if the process was
    /// told to end during its `init`: `terminate` follows at once then.
    nonisolated(nonsending) mutating func handleStart(_ me: Me) async throws -> Next
    /// A request that is answered. Erlang: `handle_call/3`.
    nonisolated(nonsending) mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next
    /// A request that is not answered. Erlang: `handle_cast/2`.
    nonisolated(nonsending) mutating func handleCast(_ cast: Cast, _ me: Me) async throws -> Next
    /// Any other message. Erlang: `handle_info/2`.
    nonisolated(nonsending) mutating func handleInfo(_ info: Info, _ me: Me) async throws -> Next
    /// A step that was asked for by `.continue`. Erlang: `handle_continue/2`.
    nonisolated(nonsending) mutating func handleContinue(_ step: Continuation, _ me: Me) async throws -> Next
    /// Called before the server ends, for whatever reason but `kill`, if its `init` had succeeded; also if nothing else has been
    /// called, because it was told to end meanwhile.
    ///
    /// Runs uncancelled and under a time limit. After an error the state is as the handler left it. A reason that it
    /// throws replaces the original one. Erlang: `terminate/2`.
    nonisolated(nonsending) mutating func terminate(reason: ExitReason, _ me: Me) async throws
    /// What may be shown of the state in reports and by `SystemControl`: the place to hide secrets.
    /// Erlang: `format_status/1`.
    func formatStatus(_ status: StatusContext) throws -> String
    /// What may be shown of a message in reports. Erlang: `format_status/1`.
    static func formatMessage(_ message: ServerMessage<Self>) -> String
    /// What may be shown of the reason for which a server ended, in reports. Whoever is linked gets the real one.
    /// Erlang: `format_status/1`.
    static func formatReason(_ reason: ExitReason) -> ExitReason
    /// What may be shown, and kept, of an event of a server that is watched: answers stand in it as they were given.
    /// Messages and states have been formatted before. Erlang: `format_status/1`, for its log.
    static func formatEvent(_ event: SystemEvent) -> SystemEvent
}

/// Why a status is asked for. Erlang: `normal` and `terminate` of `format_status/2`.
public enum StatusContext: Sendable {
    /// Somebody looks at the running process.
    case snapshot
    /// The process ends for this reason.
    case termination(ExitReason)
}

/// One message of a server, whatever its kind.
public enum ServerMessage<Server: GenServer>: Sendable, CustomStringConvertible {
    /// A request that is answered.
    case call(Server.Call)
    /// A request that is not.
    case cast(Server.Cast)
    /// Any other message.
    case info(Server.Info)
    /// A step that an earlier handler asked for.
    case proceed(Server.Continuation)

    public var description: String {
        switch self {
        case .call(let call): "call \(call)"
        case .cast(let cast): "cast \(cast)"
        case .info(let info): "info \(info)"
        case .proceed(let step): "continue \(step)"
        }
    }
}

extension GenServer {
    @inlinable public mutating func handleStart(_ me: Me) -> Next {
        if me.cell.asked == OwnHandlers.Handler.start {
            OwnHandlers.learn(OwnHandlers.Handler.start, isMissingIn: Self.self)
        }
        return .receive
    }
    @inlinable public mutating func terminate(reason: ExitReason, _ me: Me) {
        if me.cell.asked == OwnHandlers.Handler.terminate {
            OwnHandlers.learn(OwnHandlers.Handler.terminate, isMissingIn: Self.self)
        }
    }
    public func formatStatus(_ status: StatusContext) -> String { String(describing: self) }
    public static func formatMessage(_ message: ServerMessage<Self>) -> String { message.description }
    public static func formatReason(_ reason: ExitReason) -> ExitReason { reason }
    public static func formatEvent(_ event: SystemEvent) -> SystemEvent { event }
}
extension GenServer where Call == Never {
    @inlinable public mutating func handleCall(_ call: Never, _ me: Me) -> Next {}
}
extension GenServer where Cast == Never {
    @inlinable public mutating func handleCast(_ cast: Never, _ me: Me) -> Next {}
}
extension GenServer where Info == Never {
    @inlinable public mutating func handleInfo(_ info: Never, _ me: Me) -> Next {}
}
extension GenServer where Continuation == Never {
    @inlinable public mutating func handleContinue(_ step: Never, _ me: Me) -> Next {}
}

// A missing handler is a missing handler: these only carry the message.
extension GenServer {
    @available(
        *, unavailable,
        message: "a server with a `Call` needs `mutating func handleCall(_ call: Call, _ me: Me) -> Next`"
    )
    public mutating func handleCall(_ call: Call, _ me: Me) -> Next { fatalError() }
    @available(
        *, unavailable,
        message: "a server with a `Cast` needs `mutating func handleCast(_ cast: Cast, _ me: Me) -> Next`"
    )
    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next { fatalError() }
    @available(
        *, unavailable,
        message: "a server with an `Info` needs `mutating func handleInfo(_ info: Info, _ me: Me) -> Next`"
    )
    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next { fatalError() }
    @available(
        *, unavailable,
        message:
            "a server with a `Continuation` needs `mutating func handleContinue(_ step: Continuation, _ me: Me) -> Next`"
    )
    public mutating func handleContinue(_ step: Continuation, _ me: Me) -> Next { fatalError() }
}

/// A server none of whose handlers suspends; the compiler checks it. Erlang: a `gen_server`; there is no such distinction.
///
/// A call from another process finds it idle most of the time and then runs its handler at once, on the caller's
/// thread, as a method of an actor would. It stays a process of its own: own crash, own order of messages, and the
/// handler sees neither the caller's task-local values nor anything else of it.
public protocol SynchronousGenServer: GenServer {
    mutating func handleStart(_ me: Me) throws -> Next
    mutating func handleCall(_ call: Call, _ me: Me) throws -> Next
    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next
    mutating func handleInfo(_ info: Info, _ me: Me) throws -> Next
    mutating func handleContinue(_ step: Continuation, _ me: Me) throws -> Next
    mutating func terminate(reason: ExitReason, _ me: Me) throws
    /// Not to be implemented outside the library: handles one call in the process at `process`.
    static func _handleInline(_ call: UnsafeMutableRawPointer, in process: UnsafeMutableRawPointer)
}

extension GenServer {
    @inlinable public static func _makeCell(_ blueprint: ServerBlueprint<Self>) -> ServerProcess<Self> {
        ServerProcess(
            ServerCell(blueprint) { held, runner in
                await ServerLoop<Self>.run(held, runner)
            })
    }
}
