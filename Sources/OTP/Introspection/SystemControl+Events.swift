/// A handler of an event manager, as it shows itself.
public struct HandlerStatus: Sendable, Hashable {
    /// What it is called.
    public let id: AnyHandlerID
    /// The process that it belongs to; nil if to none.
    public let owner: PID?
    /// Its state, as its `formatStatus` shows it.
    public let state: String
}

extension SystemControl {
    /// The handlers of an event manager with their states, the newest first. Erlang: `sys:get_status/1,2`.
    public nonisolated(nonsending) static func handlers<A: ServerAddress, Event>(
        of manager: A, timeout: Duration? = .seconds(5)
    ) async throws -> [HandlerStatus] where A.Server == EventManagerServer<Event> {
        try await request(manager, "handlers", timeout: timeout) { cell in
            try place(of: A.Server.self, in: cell).pointee.table.entries.map {
                HandlerStatus(id: $0.id, owner: $0.owner?.pid, state: $0.handler.rendered(.snapshot))
            }
        }
    }

    /// What `look` reads from the handlers of a type, in the manager's process, the newest first.
    /// Erlang: `sys:get_state/1,2`.
    public nonisolated(nonsending) static func handlerStates<A: ServerAddress, H: EventHandler, Value: Sendable>(
        of manager: A, _ type: H.Type, timeout: Duration? = .seconds(5), _ look: @escaping @Sendable (H) throws -> Value
    ) async throws -> [(id: AnyHandlerID, value: Value)] where A.Server == EventManagerServer<H.Event> {
        try await request(manager, "state of handlers", timeout: timeout) { cell in
            try place(of: A.Server.self, in: cell).pointee.table.entries.compactMap { entry in
                guard let handler = entry.handler as? TypedHandler<H> else { return nil }
                do { return (entry.id, try look(handler.state.pointee)) } catch {
                    throw SystemCallError(.callbackFailed(error))
                }
            }
        }
    }

    /// Lets another type take over the handlers of a type, all or none: each keeps its id, its place and its owner, and
    /// its state is made from the old one. Erlang: `sys:change_code/4`, `code_change/3` of an event handler.
    ///
    /// That both types have the same messages is checked by the compiler. The change happens between two messages, also
    /// while the manager is suspended.
    ///
    /// - Parameters:
    ///   - old: Whose handlers. Those that are called by this type's ids still are.
    ///   - new: Who takes over.
    ///   - convert: Makes a new state, in the manager's process. If it throws, all old handlers go on as if nothing had
    ///     been asked.
    /// - Returns: The ids of the handlers that were changed, the newest first.
    /// - Throws: ``SystemCallError`` `.callbackFailed` if `convert` threw; besides what every request throws.
    @discardableResult
    public nonisolated(nonsending) static func changeHandlerCode<
        A: ServerAddress, Old: EventHandler, New: EventHandler
    >(
        of manager: A, from old: Old.Type, to new: New.Type = New.self, timeout: Duration? = .seconds(5),
        _ convert: @escaping @Sendable (AnyHandlerID, Old) throws -> New
    ) async throws -> [AnyHandlerID]
    where
        A.Server == EventManagerServer<Old.Event>, New.Event == Old.Event, New.Call == Old.Call, New.Final == Old.Final
    {
        try await request(manager, "change of handlers' code", timeout: timeout) { cell in
            let place = try place(of: A.Server.self, in: cell)
            let changed = try place.pointee.table.entries.compactMap { entry in
                guard let handler = entry.handler as? TypedHandler<Old> else {
                    return nil as (HandlerTable<AnyHandler<Old.Event>>.Entry, TypedHandler<New>)?
                }
                do { return (entry, TypedHandler(try convert(entry.id, handler.state.pointee))) } catch {
                    throw SystemCallError(.callbackFailed(error))
                }
            }
            for (entry, handler) in changed {
                place.pointee.table.exchange(entry.number, for: handler, maySuspend: handler.maySuspend)
            }
            place.pointee.noteWhetherAnyMaySuspend(cell)
            return changed.map(\.0.id)
        }
    }

    /// Changes the handlers of a type, in the manager's process. One for which `change` throws stays as it was; nobody
    /// is told. Erlang: `sys:replace_state/2,3`.
    public nonisolated(nonsending) static func replaceHandlerStates<A: ServerAddress, H: EventHandler>(
        of manager: A, _ type: H.Type, timeout: Duration? = .seconds(5),
        _ change: @escaping @Sendable (AnyHandlerID, inout H) throws -> Void
    ) async throws where A.Server == EventManagerServer<H.Event> {
        try await request(manager, "replacement of handlers' states", timeout: timeout) { cell in
            for entry in try place(of: A.Server.self, in: cell).pointee.table.entries {
                guard let handler = entry.handler as? TypedHandler<H> else { continue }
                var changed = handler.state.pointee
                if (try? change(entry.id, &changed)) != nil { handler.state.pointee = changed }
            }
        }
    }
}
