public import Synchronization

/// Runs a server: takes its messages, calls its handlers and does what they return.
@usableFromInline enum ServerLoop<S: GenServer> {
    /// Steps handled in one slice before others get their turn.
    @usableFromInline static var budget: Int { 128 }

    /// Runs one server after the other, as long as they are of this type and nothing else comes in between: the way out and
    /// back in would be a third of what it costs to handle a message.
    @inlinable nonisolated(nonsending) static func run(
        _ first: Unmanaged<ProcessCell>, _ runner: Runner
    ) async -> SliceOutcome {
        var held = first
        await KnownExecutor.mark()
        while true {
            let me = ProcessContext<S>(held: held)
            let end = await slice(me, runner)
            held = (consume me).givenUp()
            guard case .idle = end else { return SliceOutcome(end, held) }
            guard let next = runner.next(after: held) else { return .nothing }
            held = next
        }
    }

    /// One slice. The hot path: everything that is rare is a call away.
    @inlinable @inline(__always) nonisolated(nonsending) static func slice(
        _ me: ProcessContext<S>, _ runner: Runner
    ) async -> SliceEnd {
        // Looked up anew each time: a copy would count a reference in each slice.
        var cell: ServerCell<S> { @inline(__always) get { unsafeDowncast(me.cell, to: ServerCell<S>.self) } }
        if !cell.isReady {
            let end = await resume(cell, runner)
            await KnownExecutor.mark()
            if let end { return end }
        }
        cell.occupy(runner)
        var left = SliceLength.step
        var length = SliceLength()
        while true {
            if cell.control.load(ordering: .sequentiallyConsistent) & ProcessCell.Control.attention != 0 {
                let end = await attend(cell, runner)
                await KnownExecutor.mark()
                if let end { return end }
            }
            switch cell.mailbox.look() {
            case .message(let tag, let slot):
                left &-= 1
                if left < 0 {
                    if !length.goesOn(cell) {
                        cell.vacate()
                        return .again
                    }
                    left = SliceLength.step &- 1
                }
                if tag == MessageTag.call {
                    if cell.dropsOverflow(tag, slot) { continue }
                    let call = Boxing<S.Call>.take(from: slot)
                    cell.mailbox.advance(past: slot)
                    cell.cancelIdle()
                    do {
                        let next = try await cell.state.unsafelyUnwrapped.pointee.handleCall(call, me)
                        if case .receive = next.kind { continue }
                        let end = await apply(next, cell, runner, .call(call))
                        await KnownExecutor.mark()
                        if let end { return end }
                    } catch {
                        let end = await crashed(error, cell, runner, .call(call))
                        await KnownExecutor.mark()
                        return end
                    }
                } else if tag == MessageTag.cast {
                    if cell.dropsOverflow(tag, slot) { continue }
                    let cast = Boxing<S.Cast>.take(from: slot)
                    cell.mailbox.advance(past: slot)
                    cell.cancelIdle()
                    do {
                        let next = try await cell.state.unsafelyUnwrapped.pointee.handleCast(cast, me)
                        if case .receive = next.kind { continue }
                        let end = await apply(next, cell, runner, .cast(cast))
                        await KnownExecutor.mark()
                        if let end { return end }
                    } catch {
                        let end = await crashed(error, cell, runner, .cast(cast))
                        await KnownExecutor.mark()
                        return end
                    }
                } else if tag == MessageTag.info {
                    if cell.dropsOverflow(tag, slot) { continue }
                    let info = Boxing<S.Info>.take(from: slot)
                    cell.mailbox.advance(past: slot)
                    cell.cancelIdle()
                    do {
                        let next = try await cell.state.unsafelyUnwrapped.pointee.handleInfo(info, me)
                        if case .receive = next.kind { continue }
                        let end = await apply(next, cell, runner, .info(info))
                        await KnownExecutor.mark()
                        if let end { return end }
                    } catch {
                        let end = await crashed(error, cell, runner, .info(info))
                        await KnownExecutor.mark()
                        return end
                    }
                } else {
                    let end = await notice(slot, cell, runner)
                    await KnownExecutor.mark()
                    if let end { return end }
                }
            case .empty:
                if cell.idleDeadline != 0, let message = cell.takeDueIdle() {
                    let end = await handle(message, cell, runner)
                    await KnownExecutor.mark()
                    if let end { return end }
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
    }

    // MARK: one message off the hot path

    @inlinable nonisolated(nonsending) static func handle(_ info: S.Info, _ cell: ServerCell<S>, _ runner: Runner) async
        -> SliceEnd?
    {
        do {
            let next =
                cell.isOrdinary
                ? try await cell.state.unsafelyUnwrapped.pointee.handleInfo(info, ProcessContext(cell))
                : try await perform(.info(info), cell)
            return await apply(next, cell, runner, .info(info))
        } catch {
            return await crashed(error, cell, runner, .info(info))
        }
    }

    /// A notice of the kernel. It neither cancels nor restarts an idle timeout, unless it becomes a message.
    @inlinable nonisolated(nonsending) static func notice(
        _ slot: UnsafeMutableRawPointer, _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd? {
        let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self).takeRetainedValue()
        cell.mailbox.advance(past: slot)
        return await self.notice(notice, cell, runner)
    }

    @inlinable nonisolated(nonsending) static func notice(
        _ notice: SystemMessage, _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd? {
        if let reason = cell.requestedEnd(notice) { return await end(cell, runner, reason) }
        switch cell.interpret(notice) {
        case .nothing:
            return nil
        case .idleCheck:
            cell.idleTimerCame()
            return nil
        case .info(let info):
            cell.cancelIdle()
            return await handle(info, cell, runner)
        case .stop(let reason):
            return await end(cell, runner, reason)
        }
    }

    // MARK: what a handler returned

    /// Does what a handler asked for. Nil: on with the next message.
    @inlinable nonisolated(nonsending) static func apply(
        _ first: S.Next, _ cell: ServerCell<S>, _ runner: Runner, _ message: ServerMessage<S>?
    ) async -> SliceEnd? {
        var next = first
        var message = message
        var steps = 0
        while true {
            switch next.kind {
            case .receive:
                return nil
            case .receiveWithin(let limit, let info):
                cell.setIdle(limit, info)
                return nil
            case .hibernate:
                cell.hibernate()
                return nil
            case .stop(let reason):
                return await end(cell, runner, reason, finalReply: next.finalReply, message: message)
            case .proceed(let step):
                let control = cell.control.load(ordering: .acquiring)
                steps += 1
                if control & (ProcessCell.Control.exitPending | ProcessCell.Control.dead) != 0 || steps > budget {
                    // Others get their turn; the step is still the first thing to be done.
                    cell.pending = Pending(.next(next), message)
                    cell.vacate()
                    return .again
                }
                do {
                    next =
                        cell.isOrdinary
                        ? try await cell.state.unsafelyUnwrapped.pointee.handleContinue(step, ProcessContext(cell))
                        : try await perform(.proceed(step), cell)
                    message = .proceed(step)
                } catch {
                    return await crashed(error, cell, runner, .proceed(step))
                }
            }
        }
    }

    /// A handler threw.
    @inlinable nonisolated(nonsending) static func crashed(
        _ error: any Error, _ cell: ServerCell<S>, _ runner: Runner, _ message: ServerMessage<S>?
    ) async -> SliceEnd {
        await end(cell, runner, ExitReason(thrown: error), message: message)
    }

    // MARK: control

    /// The control word asks for something: an end, a death, a pause.
    @usableFromInline nonisolated(nonsending) static func attend(_ cell: ServerCell<S>, _ runner: Runner) async
        -> SliceEnd?
    {
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        if cell.has(ProcessCell.Control.exitPending) {
            return await end(bySignal: cell.pendingReason ?? .shutdown, cell, runner)
        }
        if cell.has(ProcessCell.Control.suspended) { return await suspended(cell, runner) }
        return await handleDeferred(cell, runner)
    }

    /// What arrived while the server was suspended, and then what else is out of the ordinary. A function of its own: the
    /// types of its messages would have to be looked up at each end of a process otherwise.
    @inline(never) private nonisolated(nonsending) static func handleDeferred(
        _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd? {
        while let message = cell.takeDeferred() {
            if cell.deferred.isEmpty { cell.clear(ProcessCell.Control.hasDeferred) }
            if let end = await deferred(message, cell, runner) { return end }
            let control = cell.control.load(ordering: .acquiring)
            let stop = ProcessCell.Control.dead | ProcessCell.Control.exitPending | ProcessCell.Control.suspended
            if control & stop != 0 { return await attend(cell, runner) }
        }
        cell.clear(ProcessCell.Control.hasDeferred)
        return cell.isOrdinary ? nil : await unordinary(cell, runner)
    }

    private nonisolated(nonsending) static func deferred(
        _ message: Deferred<S>.Message, _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd? {
        switch message {
        case .call(let call): await deliver(.call(call), cell, runner)
        case .cast(let cast): await deliver(.cast(cast), cell, runner)
        case .info(let info): await deliver(.info(info), cell, runner)
        case .notice(let notice): await self.notice(notice, cell, runner)
        }
    }

    /// Takes what arrives while suspended: user messages are set aside, system requests are served, and exits from
    /// the parent, kill and stop act.
    @usableFromInline nonisolated(nonsending) static func suspended(_ cell: ServerCell<S>, _ runner: Runner) async
        -> SliceEnd?
    {
        while cell.has(ProcessCell.Control.suspended) {
            if cell.has(ProcessCell.Control.dead | ProcessCell.Control.exitPending) {
                return await attend(cell, runner)
            }
            switch cell.mailbox.look() {
            case .message(let tag, let slot):
                if let notice = cell.setAside(tag, slot), let end = await self.notice(notice, cell, runner) {
                    return end
                }
            case .empty:
                cell.vacate()
                if cell.mailbox.goIdle() { return .idle }
                cell.occupy(runner)
            case .pending:
                cell.vacate()
                return .again
            }
        }
        return await attend(cell, runner)
    }
}
