extension HandlerOwner {
    @usableFromInline init<B>(_ owner: ProcessContext<B>, _ message: @escaping @Sendable (HandlerExit) -> B.Info) {
        let ref = owner.ref
        self.init(pid: owner.pid) { ref.send(message($0)) }
    }
}

extension ServerAddress {
    /// Lets `body` run in the manager and waits for what it gives, however long it takes.
    @usableFromInline nonisolated(nonsending) func operate<Event, Value: Sendable>(
        _ what: @autoclosure @escaping @Sendable () -> String,
        _ body: nonisolated(nonsending) @escaping @Sendable (inout Server, ProcessContext<Server>) async throws -> Value
    ) async throws -> Value where Server == EventManagerServer<Event> {
        try await call(timeout: .unlimited) { (reply: Reply<Result<Value, any Error>>) in
            Server.Call(text: what) { manager, me in
                do { reply(.success(try await body(&manager, me))) } catch { reply(.failure(error)) }
            }
        }.get()
    }

    @inlinable nonisolated(nonsending) func install<H: EventHandler>(
        _ id: HandlerID<H>, owner: HandlerOwner?, hibernates: Bool, _ make: @escaping @Sendable () async throws -> H
    ) async throws -> HandlerID<H> where Server == EventManagerServer<H.Event> {
        try await operate("addHandler \(id)") { manager, me in
            let handler: TypedHandler<H>
            do { handler = TypedHandler(try await make()) } catch {
                throw EventHandlerError.notInstalled(id.erased, error)
            }
            manager.add(id.erased, handler, owner: owner, me)
            if hibernates { manager.wantsHibernation = true }
            return id
        }
    }

    @inlinable nonisolated(nonsending) func swap<Old: EventHandler, New: EventHandler>(
        _ old: HandlerID<Old>, _ new: HandlerID<New>, _ argument: any Sendable, owner: HandlerOwner?,
        _ make: @escaping @Sendable (Old.Final?) async throws -> New
    ) async throws -> HandlerID<New> where Server == EventManagerServer<Old.Event>, New.Event == Old.Event {
        try await operate("swapHandler \(old) for \(new)") { manager, me in
            let swap = HandlerSwap<Old.Event>(id: new.erased, argument: argument) { final in
                TypedHandler(try await make(final as? Old.Final))
            }
            try await manager.swap(old.erased, swap, owner, me)
            return new
        }
    }
}

/// A request to one handler, on its way through the manager.
enum HandlerCall {
    static func make<H: EventHandler, Value: Sendable>(
        _ id: HandlerID<H>, _ outer: Reply<Result<Value, EventHandlerError>>, _ message: (Reply<Value>) -> H.Call
    ) -> EventManagerServer<H.Event>.Call {
        let answer = HandlerReply(outer)
        let call = OneUse(message(Reply(to: answer)))
        let text = LockedBox<String?>(nil)
        return EventManagerServer.Call(
            text: { "\(id) \(bare(text.get() ?? call.look { H.formatMessage(.call($0)) } ?? ""))" }
        ) { manager, me in
            guard let entry = manager.table.find(id.erased),
                let handler = entry.handler as? CalledHandler<H.Event, H.Call>
            else {
                outer(.failure(.noSuchHandler(id.erased)))
                return
            }
            let printed = call.look { handler.shown(call: $0) } ?? ""
            text.set(printed)
            // The handler's copy of the reply is the only one: what it drops is noticed.
            guard let taken = call.take() else { return }
            let outcome = await handler.call(taken)
            await manager.apply(outcome, to: entry, me) { _, _ in printed }
            if case .failed(let error) = outcome { outer(.failure(.failed(id.erased, error))) }
            answer.release()
        }
    }

    /// Without the word that its manager prints before it.
    private static func bare(_ text: String) -> String { text.hasPrefix("call ") ? String(text.dropFirst(5)) : text }
}

/// Hands a handler's answer on to whoever called the manager: when what the handler asked for has been done, so that
/// who is answered finds it done. An answer that is given later goes on at once.
private final class HandlerReply<Value: Sendable>: ReplyTarget {
    private enum Stage {
        case handling(Value?)
        case handled
    }

    private let outer: Reply<Result<Value, EventHandlerError>>
    private let stage = LockedBox(Stage.handling(nil))

    init(_ outer: Reply<Result<Value, EventHandlerError>>) { self.outer = outer }

    func receive(_ value: Value) {
        let isHandled = stage.withLock { stage in
            guard case .handling(let first) = stage else { return true }
            stage = .handling(first ?? value)
            return false
        }
        if isHandled { outer.send(.success(value)) }
    }

    /// The handler has returned.
    func release() {
        let value = stage.withLock { stage -> Value? in
            defer { stage = .handled }
            guard case .handling(let value) = stage else { return nil }
            return value
        }
        if let value { outer.send(.success(value)) }
    }

    var caller: PID? { outer.caller }
    var isWanted: Bool { outer.isWanted }
}

/// A value that is taken once.
private final class OneUse<Value: Sendable>: Sendable {
    private let value: LockedBox<Value?>

    init(_ value: Value) { self.value = LockedBox(value) }

    func take() -> Value? {
        value.withLock { value in
            defer { value = nil }
            return value
        }
    }

    func look<Result>(_ body: (Value) -> Result) -> Result? { value.withLock { $0.map(body) } }
}
