/// What a server does after a handler: the return value of every handler.
///
/// Erlang: the atoms and tuples that callbacks return (`noreply`, a timeout, `{continue, _}`, `hibernate`, `stop`).
public struct NextStep<Server: GenServer>: Sendable {
    /// The possibilities.
    public enum Kind: Sendable {
        /// Wait for the next message.
        case receive
        /// Wait this long; then handle this message.
        case receiveWithin(Duration, Server.Info)
        /// This step before any message.
        case proceed(Server.Continuation)
        /// Wait, with as little memory as possible.
        case hibernate
        /// End with this reason.
        case stop(ExitReason)
    }

    /// What was chosen.
    public let kind: Kind
    /// A reply that goes out when the server has terminated.
    @usableFromInline let finalReply: (@Sendable () -> Void)?

    @inlinable init(_ kind: Kind, finalReply: (@Sendable () -> Void)? = nil) {
        self.kind = kind
        self.finalReply = finalReply
    }

    /// Wait for the next message. Erlang: `noreply`.
    @inlinable public static var receive: Self { Self(.receive) }

    /// Wait; if no message comes within `limit`, handle `message` instead. A limit of zero fires as soon as the mailbox
    /// is empty; any message cancels. Erlang: a timeout in the return value.
    @inlinable public static func receive(within limit: Duration, else message: Server.Info) -> Self {
        Self(.receiveWithin(limit, message))
    }

    /// Handle `step` before any message, even one that is already waiting. Erlang: `{continue, _}`.
    @inlinable public static func `continue`(_ step: Server.Continuation) -> Self { Self(.proceed(step)) }

    /// Wait for the next message, and give back what memory can be given back. Erlang: `hibernate`.
    @inlinable public static var hibernate: Self { Self(.hibernate) }

    /// End with the reason `normal`. Erlang: `{stop, normal, _}`.
    @inlinable public static var stop: Self { Self(.stop(.normal)) }

    /// End. Erlang: `{stop, Reason, _}`.
    @inlinable public static func stop(_ reason: ExitReason) -> Self { Self(.stop(reason)) }

    /// End, and answer the call after `terminate`: whoever gets the answer knows that the server has cleaned up.
    /// Erlang: `{stop, Reason, Reply, _}`.
    public static func stop<Value: Sendable>(
        _ reason: ExitReason = .normal, replying reply: Reply<Value>, _ value: Value
    ) -> Self {
        Self(.stop(reason), finalReply: { reply.send(value) })
    }

    /// End, and answer after `terminate` a call that expects nothing but the answer.
    public static func stop(_ reason: ExitReason = .normal, replying reply: Reply<Void>) -> Self {
        Self(.stop(reason), finalReply: { reply.send(()) })
    }
}

extension NextStep: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .receive: "receive"
        case .receiveWithin(let limit, let message): "receive(within: \(limit), else: \(message))"
        case .proceed(let step): "continue(\(step))"
        case .hibernate: "hibernate"
        case .stop(let reason): "stop(\(reason))"
        }
    }
}

extension NextStep: Equatable where Server.Info: Equatable, Server.Continuation: Equatable {
    /// Reasons are compared by ``ExitReason/isSame(as:)``.
    public static func == (a: NextStep, b: NextStep) -> Bool {
        switch (a.kind, b.kind) {
        case (.receive, .receive), (.hibernate, .hibernate): true
        case (.receiveWithin(let x, let m), .receiveWithin(let y, let n)): x == y && m == n
        case (.proceed(let x), .proceed(let y)): x == y
        case (.stop(let x), .stop(let y)): x.isSame(as: y)
        default: false
        }
    }
}

extension Reply {
    /// `return reply(value)`: answers the call, then waits for the next message.
    @inlinable public func callAsFunction<S>(_ value: Value) -> NextStep<S> {
        send(value)
        return .receive
    }

    /// `return reply()`: answers the call, then waits for the next message.
    @inlinable public func callAsFunction<S>() -> NextStep<S> where Value == Void {
        send(())
        return .receive
    }

    /// `return reply()`: answers with success, then waits for the next message.
    @inlinable public func callAsFunction<S, E: Error>() -> NextStep<S> where Value == Result<Void, E> {
        send(.success(()))
        return .receive
    }
}
