extension ProcessContext {
    /// Asks one handler of an event manager and does not wait: what becomes of it arrives as a message, as of the request of a
    /// server (``ask(_:timeout:_:then:)``). Erlang: `gen_event:send_request/3` with the response taken in `handle_info`.
    ///
    /// - Parameters:
    ///   - timeout: After which the outcome is ``CallError`` `.timeout`; nil: never.
    ///   - message: Makes the message around the reply. Runs a second time, as for a server.
    ///   - info: Turns the outcome into one of this process's messages: what the handler answered, ``EventHandlerError``
    ///     `.noSuchHandler` or `.failed`, or a ``CallError``. It comes exactly once.
    public func ask<A: ServerAddress, H: EventHandler, Value: Sendable>(
        _ manager: A, _ id: HandlerID<H>, timeout: Duration? = .seconds(5), _ message: (Reply<Value>) -> H.Call,
        then info: @escaping @Sendable (Result<Value, any Error>) -> B.Info
    ) where A.Server == EventManagerServer<H.Event> {
        ask(manager, timeout: timeout) {
            HandlerCall.make(id, $0, message)
        } then: { response in
            info(Result { try response.get().get() })
        }
    }
}

extension PlainProcess {
    /// See ``ProcessContext/ask(_:_:timeout:_:then:)``.
    public func ask<A: ServerAddress, H: EventHandler, Value: Sendable>(
        _ manager: A, _ id: HandlerID<H>, timeout: Duration? = .seconds(5), _ message: (Reply<Value>) -> H.Call,
        then info: @escaping @Sendable (Result<Value, any Error>) -> Message
    ) where A.Server == EventManagerServer<H.Event> {
        context.ask(manager, id, timeout: timeout, message, then: info)
    }
}
