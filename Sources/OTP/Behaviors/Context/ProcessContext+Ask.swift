extension ProcessContext {
    /// A call that does not wait: what becomes of it arrives as a message.
    ///
    /// The process goes on with other messages meanwhile, so a server may ask one that asks it. Erlang:
    /// `gen_server:send_request/2` with the response taken in `handle_info`.
    /// - Parameters:
    ///   - timeout: After which the outcome is `.timeout`; nil: never.
    ///   - message: Makes the message around the reply. Runs a second time, with a reply that nobody waits for, so that
    ///     an error can name the request.
    ///   - info: Turns the outcome into one of this process's messages when it is taken from the mailbox. It comes
    ///     exactly once, whatever happens to the other server. When this process ends first, the request is given up.
    public func ask<A: ServerAddress, Value: Sendable>(
        _ server: A, timeout: Duration? = .seconds(5), _ message: (Reply<Value>) -> A.Server.Call,
        then info: @escaping @Sendable (Result<Value, CallError>) -> B.Info
    ) {
        if let recorder = cell.recorder { return recorder.record(.asked("\(message(Reply(detached: ())))")) }
        if isVoid { return }
        let asker = cell
        _ = Request.start(server, from: asker, isOwned: true, timeout: timeout, message) { outcome in
            if asker.has(ProcessCell.Control.dead) { return }
            asker.push(LazyInfo<B.Info> { info(outcome.result) })
        }
    }
}

extension PlainProcess {
    /// See ``ProcessContext/ask(_:timeout:_:then:)``.
    public func ask<A: ServerAddress, Value: Sendable>(
        _ server: A, timeout: Duration? = .seconds(5), _ message: (Reply<Value>) -> A.Server.Call,
        then info: @escaping @Sendable (Result<Value, CallError>) -> Message
    ) {
        context.ask(server, timeout: timeout, message, then: info)
    }
}
