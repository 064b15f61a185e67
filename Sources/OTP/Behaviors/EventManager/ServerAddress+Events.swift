/// The functions of an event manager, for every kind of address.
extension ServerAddress {
    // MARK: events

    /// Tells every handler that something has happened, and does not wait. Never fails. Erlang: `gen_event:notify/2`.
    @inlinable public func notify<Event>(_ event: Event) where Server == EventManagerServer<Event> {
        cast(.notify(event))
    }

    /// Tells every handler that something has happened, and waits until they have handled it; nil: however long that
    /// takes. Erlang: `gen_event:sync_notify/2`.
    ///
    /// If all handlers are of the kind ``SynchronousEventHandler`` they may run on the caller's thread: that the time is over
    /// is then noticed when they return.
    ///
    /// - Throws: ``CallError``, if the manager is not there, ends or does not come to it in time.
    @inlinable @inline(__always) public nonisolated(nonsending) func syncNotify<Event>(
        _ event: Event, timeout: Duration? = nil
    ) async throws where Server == EventManagerServer<Event> {
        try await call(timeout: timeout ?? .unlimited) { (reply: Reply<Void>) in
            Server.Call(.notify(event, reply))
        }
    }

    /// Gives another message to all handlers whose `Info` is of its type. If there are handlers and none of them
    /// understands it, that is reported. Erlang: `!` to an event manager.
    public func inform<Event>(_ info: some Sendable) where Server == EventManagerServer<Event> { cast(.info(info)) }

    /// Gives a message after `delay` to all handlers whose `Info` is of its type then. Erlang: `erlang:send_after/3` to
    /// an event manager.
    @discardableResult public func inform<Event>(_ info: some Sendable, after delay: Duration) -> TimerRef
    where Server == EventManagerServer<Event> {
        send(.message(info), after: delay)
    }

    /// Gives a message at each interval to all handlers whose `Info` is of its type, until the manager ends or the timer
    /// is cancelled. Erlang: `timer:send_interval/3` to an event manager.
    @discardableResult public func inform<Event>(_ info: some Sendable, every interval: Duration) -> TimerRef
    where Server == EventManagerServer<Event> {
        send(.message(info), every: interval)
    }

    // MARK: handlers

    /// Installs a handler, before those that are there. Erlang: `gen_event:add_handler/3`.
    ///
    /// - Parameters:
    ///   - id: What it is called. Several may be called the same; the newest is then meant.
    ///   - hibernates: Whether the manager then waits with as little memory as possible. Erlang: `{ok, State, hibernate}`.
    ///   - make: Makes its state, in the manager's process.
    /// - Throws: ``EventHandlerError`` `.notInstalled` if `make` threw; ``CallError``.
    @inlinable @discardableResult public nonisolated(nonsending) func addHandler<H: EventHandler>(
        _ id: HandlerID<H> = HandlerID(), hibernates: Bool = false,
        _ make: @escaping @Sendable () async throws -> H
    ) async throws -> HandlerID<H> where Server == EventManagerServer<H.Event> {
        try await install(id, owner: nil, hibernates: hibernates, make)
    }

    /// Installs a handler that belongs to a process: the manager is linked to it, and removes the handler when it ends.
    /// The process is told when the handler goes. The link ends with its last handler unless it stood before the first one.
    /// Erlang: `gen_event:add_sup_handler/3`.
    ///
    /// - Parameters:
    ///   - id: What it is called.
    ///   - owner: The process itself.
    ///   - hibernates: Whether the manager then waits with as little memory as possible.
    ///   - make: Makes the handler's state, in the manager's process.
    ///   - message: Turns the notice of the handler's end into one of the owner's messages.
    /// - Throws: As ``addHandler(_:hibernates:_:)``.
    @inlinable @discardableResult public nonisolated(nonsending) func addSupervisedHandler<H: EventHandler, B>(
        _ id: HandlerID<H> = HandlerID(), for owner: ProcessContext<B>, hibernates: Bool = false,
        _ make: @escaping @Sendable () async throws -> H, onExit message: @escaping @Sendable (HandlerExit) -> B.Info
    ) async throws -> HandlerID<H> where Server == EventManagerServer<H.Event> {
        try await install(id, owner: HandlerOwner(owner, message), hibernates: hibernates, make)
    }

    /// See ``addSupervisedHandler(_:for:hibernates:_:onExit:)-(_,ProcessContext<B>,_,_,_)``; for a plain process.
    @inlinable @discardableResult public nonisolated(nonsending) func addSupervisedHandler<H: EventHandler, M>(
        _ id: HandlerID<H> = HandlerID(), for owner: PlainProcess<M>, hibernates: Bool = false,
        _ make: @escaping @Sendable () async throws -> H, onExit message: @escaping @Sendable (HandlerExit) -> M
    ) async throws -> HandlerID<H> where Server == EventManagerServer<H.Event> {
        try await addSupervisedHandler(id, for: owner.context, hibernates: hibernates, make, onExit: message)
    }

    /// Removes a handler, after its `terminate`. Erlang: `gen_event:delete_handler/3`.
    ///
    /// - Parameter argument: Given to `terminate`.
    /// - Returns: What `terminate` returns.
    /// - Throws: ``EventHandlerError`` `.noSuchHandler`; `.failed` if `terminate` threw, the handler is gone all the
    ///   same; ``CallError``.
    @discardableResult public nonisolated(nonsending) func deleteHandler<H: EventHandler>(
        _ id: HandlerID<H>, argument: any Sendable = ()
    ) async throws -> H.Final where Server == EventManagerServer<H.Event> {
        try await operate("deleteHandler \(id)") { manager, me in
            guard let entry = manager.table.find(id.erased) else { throw EventHandlerError.noSuchHandler(id.erased) }
            switch await manager.end(entry, .deleted(argument), telling: .normal, me) {
            case .success(let final): return final as! H.Final
            case .failure(let error):
                throw HandlerFailure(
                    .failed(id.erased, error), shown: .failed(id.erased, entry.handler.shown(error)))
            }
        }
    }

    /// Puts a handler in the place of another, whose owner it then belongs to. Erlang: `gen_event:swap_handler/3`.
    ///
    /// - Parameters:
    ///   - old: Who goes. If there is none, the new one is installed all the same.
    ///   - new: What the new one is called.
    ///   - argument: Given to the old one's `terminate`.
    ///   - hibernates: Whether the manager then waits with as little memory as possible. Erlang: `{ok, State, hibernate}`.
    ///   - make: Makes the new one from what that returned; nil if there was none, or if it threw, which is reported.
    /// - Throws: ``EventHandlerError`` `.notInstalled` if `make` threw: the old one is gone all the same; ``CallError``.
    @inlinable @discardableResult public nonisolated(nonsending) func swapHandler<Old: EventHandler, New: EventHandler>(
        _ old: HandlerID<Old>, for new: HandlerID<New> = HandlerID(), argument: any Sendable = (),
        hibernates: Bool = false, _ make: @escaping @Sendable (Old.Final?) async throws -> New
    ) async throws -> HandlerID<New> where Server == EventManagerServer<Old.Event>, New.Event == Old.Event {
        try await swap(old, new, argument, owner: nil, hibernates: hibernates, make)
    }

    /// Puts a handler in the place of another; it belongs to the process that asks for it, whoever owned the other.
    /// Erlang: `gen_event:swap_sup_handler/3`.
    ///
    /// - Throws: As ``swapHandler(_:for:argument:hibernates:_:)``.
    @inlinable @discardableResult
    public nonisolated(nonsending) func swapSupervisedHandler<
        Old: EventHandler, New: EventHandler, B
    >(
        _ old: HandlerID<Old>, for new: HandlerID<New> = HandlerID(), owner: ProcessContext<B>,
        argument: any Sendable = (), hibernates: Bool = false,
        _ make: @escaping @Sendable (Old.Final?) async throws -> New,
        onExit message: @escaping @Sendable (HandlerExit) -> B.Info
    ) async throws -> HandlerID<New> where Server == EventManagerServer<Old.Event>, New.Event == Old.Event {
        try await swap(old, new, argument, owner: HandlerOwner(owner, message), hibernates: hibernates, make)
    }

    /// See ``swapSupervisedHandler(_:for:owner:argument:hibernates:_:onExit:)-(_,_,ProcessContext<B>,_,_,_)``; for a plain process.
    @inlinable @discardableResult
    public nonisolated(nonsending) func swapSupervisedHandler<
        Old: EventHandler, New: EventHandler, M
    >(
        _ old: HandlerID<Old>, for new: HandlerID<New> = HandlerID(), owner: PlainProcess<M>,
        argument: any Sendable = (), hibernates: Bool = false,
        _ make: @escaping @Sendable (Old.Final?) async throws -> New,
        onExit message: @escaping @Sendable (HandlerExit) -> M
    ) async throws -> HandlerID<New> where Server == EventManagerServer<Old.Event>, New.Event == Old.Event {
        try await swapSupervisedHandler(
            old, for: new, owner: owner.context, argument: argument, hibernates: hibernates, make, onExit: message)
    }

    /// What handlers there are, the newest first. Erlang: `gen_event:which_handlers/1`.
    ///
    /// - Throws: ``CallError``.
    public nonisolated(nonsending) func handlers<Event>() async throws -> [AnyHandlerID]
    where Server == EventManagerServer<Event> {
        try await operate("handlers") { manager, _ in manager.table.entries.map(\.id) }
    }

    // MARK: requests to one handler

    /// Asks one handler. Erlang: `gen_event:call/3,4`.
    ///
    /// - Throws: ``EventHandlerError`` `.noSuchHandler`, or `.failed` if the handler threw; ``CallError`` as any call.
    public nonisolated(nonsending) func call<H: EventHandler, Value: Sendable>(
        _ id: HandlerID<H>, timeout: Duration = .seconds(5), _ message: (Reply<Value>) -> H.Call
    ) async throws -> Value where Server == EventManagerServer<H.Event> {
        try await call(timeout: timeout) { HandlerCall.make(id, $0, message) }.get()
    }

    /// Asks one handler and does not wait; the response is asked for by the id. Erlang: `gen_event:send_request/3`.
    ///
    /// - Returns: The id of a request whose response is what the handler answers, or why it cannot.
    public func sendRequest<H: EventHandler, Value: Sendable>(
        _ id: HandlerID<H>, _ message: (Reply<Value>) -> H.Call
    ) -> RequestID<Result<Value, EventHandlerError>> where Server == EventManagerServer<H.Event> {
        sendRequest { HandlerCall.make(id, $0, message) }
    }
}
