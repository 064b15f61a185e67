internal import Synchronization

/// Messages off the hot path: of a server that is watched, that another type has taken over, or that was suspended.
extension ServerLoop {
    /// Hands one message to its handler, and does what the handler asks for.
    nonisolated(nonsending) static func deliver(
        _ message: ServerMessage<S>, _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd? {
        cell.cancelIdle()
        do {
            let next = try await perform(message, cell)
            return await apply(next, cell, runner, message)
        } catch {
            return await crashed(error, cell, runner, message)
        }
    }

    /// Hands a message to its handler: noted if somebody watches, to the successor if there is one.
    @usableFromInline nonisolated(nonsending) static func perform(
        _ message: ServerMessage<S>, _ cell: ServerCell<S>
    ) async throws -> S.Next {
        guard cell.has(ProcessCell.Control.watched) else { return try await dispatch(message, cell) }
        var kind = SystemEvent.Kind.received
        if case .proceed = message { kind = .proceeding }
        cell.noteReceived(cell.rendered(message), from: Client.of(message), kind: kind)
        do {
            let next = try await dispatch(message, cell)
            // One that stops says so at its end.
            if case .stop = next.kind { cell.noteHandled(showsState: false) } else { cell.noteHandled() }
            return next
        } catch {
            cell.noteHandled(showsState: false)
            throw error
        }
    }

    private nonisolated(nonsending) static func dispatch(
        _ message: ServerMessage<S>, _ cell: ServerCell<S>
    ) async throws -> S.Next {
        if let successor = cell.successor { return try await successor.handle(message, cell) }
        return try await ServerHandlers.handle(message, cell.state.unsafelyUnwrapped, ProcessContext(cell))
    }

    /// The loop of a server that is counted, watched or replaced: all that `slice` does, message by message.
    /// Nil: ordinary again.
    nonisolated(nonsending) static func unordinary(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd? {
        let others = ProcessCell.Control.attention & ~(ProcessCell.Control.unordinary | ProcessCell.Control.observed)
        for _ in 0..<budget {
            let control = cell.control.load(ordering: .sequentiallyConsistent)
            if control & others != 0 { break }
            if control & ProcessCell.Control.unordinary == 0 { return nil }
            switch cell.mailbox.look() {
            case .message(let tag, let slot):
                if tag == MessageTag.system {
                    if let end = await notice(slot, cell, runner) { return end }
                    continue
                }
                if cell.dropsOverflow(tag, slot) { continue }
                let message: ServerMessage<S> =
                    switch tag {
                    case MessageTag.call: .call(Boxing<S.Call>.take(from: slot))
                    case MessageTag.cast: .cast(Boxing<S.Cast>.take(from: slot))
                    default: .info(Boxing<S.Info>.take(from: slot))
                    }
                cell.mailbox.advance(past: slot)
                if let end = await deliver(message, cell, runner) { return end }
            case .empty:
                if cell.idleDeadline != 0, let message = cell.takeDueIdle() {
                    if let end = await deliver(.info(message), cell, runner) { return end }
                    continue
                }
                if cell.hibernatesByItself { cell.awaitHibernation() }
                cell.vacate()
                if cell.mailbox.goIdle() { return .idle }
                cell.occupy(runner)
            case .pending:
                cell.vacate()
                return .again
            }
        }
        // Others get their turn, or something else comes first: the next slice begins with it.
        cell.vacate()
        return .again
    }
}

/// Calls the handler of a server that a message is for.
enum ServerHandlers {
    nonisolated(nonsending) static func handle<S: GenServer>(
        _ message: ServerMessage<S>, _ state: UnsafeMutablePointer<S>, _ me: ProcessContext<S>
    ) async throws -> S.Next {
        switch message {
        case .call(let call): try await state.pointee.handleCall(call, me)
        case .cast(let cast): try await state.pointee.handleCast(cast, me)
        case .info(let info): try await state.pointee.handleInfo(info, me)
        case .proceed(let step): try await state.pointee.handleContinue(step, me)
        }
    }
}

extension ProcessCell {
    /// Neither watched nor replaced: handlers may be called without a detour.
    @usableFromInline final var isOrdinary: Bool {
        control.load(ordering: .acquiring) & (Control.watched | Control.replaced) == 0
    }
}

extension ProcessCell.Control {
    /// What makes a server run message by message.
    static var unordinary: UInt32 { watched | replaced }
}

extension ServerCell {
    /// A reason as it may be shown.
    @usableFromInline func shownReason(_ reason: ExitReason) -> ExitReason {
        successor?.formatReason(reason) ?? Server.formatReason(reason)
    }
}
