extension HandlerOwner {
    @usableFromInline init<B>(_ owner: ProcessContext<B>, _ message: @escaping @Sendable (HandlerExit) -> B.Info) {
        let cell = owner.cell
        self.init(pid: owner.pid) { exit in
            if cell.has(ProcessCell.Control.dead) { return }
            // A notice, as of any other end: no bound of his mailbox drops it.
            cell.push(LazyInfo<B.Info> { message(exit) })
        }
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
                do { reply(.success(try await body(&manager, me))) } catch let failure as HandlerFailure {
                    reply.send(
                        .failure(failure.error), shownAs: "\(Result<Value, any Error>.failure(failure.shown))")
                } catch {
                    reply(.failure(error))
                }
            }
        }.get()
    }

    @inlinable nonisolated(nonsending) func install<H: EventHandler>(
        _ id: HandlerID<H>, owner: HandlerOwner?, hibernates: Bool, _ make: @escaping @Sendable () async throws -> H
    ) async throws -> HandlerID<H> where Server == EventManagerServer<H.Event> {
        try await operate("addHandler \(id)") { manager, me in
            do {
                try await manager.install(id.erased, owner: owner, hibernates: hibernates, me) {
                    TypedHandler(try await make())
                }
            } catch {
                throw HandlerFailure(
                    .notInstalled(id.erased, error), shown: .notInstalled(id.erased, H.formatReason(error)))
            }
            return id
        }
    }

    @inlinable nonisolated(nonsending) func swap<Old: EventHandler, New: EventHandler>(
        _ old: HandlerID<Old>, _ new: HandlerID<New>, _ argument: any Sendable, owner: HandlerOwner?, hibernates: Bool,
        _ make: @escaping @Sendable (Old.Final?) async throws -> New
    ) async throws -> HandlerID<New> where Server == EventManagerServer<Old.Event>, New.Event == Old.Event {
        try await operate("swapHandler \(old) for \(new)") { manager, me in
            let swap = HandlerSwap<Old.Event>(
                id: new.erased, argument: argument, hibernates: hibernates, formatReason: { New.formatReason($0) }
            ) { final in
                TypedHandler(try await make(final.flatMap { $0 as? Old.Final }))
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
        // Copied out of its box, and formatted outside of it: nothing of the handler's runs under the lock.
        let call = LockedBox<H.Call?>(message(Reply(to: answer)))
        return EventManagerServer.Call(
            text: { call.get().map { "\(id) \(shown(H.self, $0))" } ?? "\(id)" }
        ) { manager, me in
            guard let entry = manager.table.find(id.erased),
                let handler = entry.handler as? CalledHandler<H.Event, H.Call>
            else {
                outer(.failure(.noSuchHandler(id.erased)))
                return
            }
            guard let asked = call.get() else { return }
            let outcome = await handler.call(asked)
            // Formatted only if there is something to report.
            await manager.apply(outcome, to: entry, me) { _, _ in handler.shown(call: asked) }
            if case .failed(let error) = outcome {
                outer.send(
                    .failure(.failed(id.erased, error)),
                    shownAs: "\(Result<Value, EventHandlerError>.failure(.failed(id.erased, handler.shown(error))))")
            }
            // From here on the handler's copy of the reply is the only one: what it drops is noticed.
            call.set(nil)
            answer.release()
        }
    }

    /// The request as its handler shows it; without the word for its kind if the handler says nothing of its own.
    private static func shown<H: EventHandler>(_ handler: H.Type, _ call: H.Call) -> String {
        Rendering.withoutKind("call ", H.formatMessage(.call(call)), call)
    }
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
