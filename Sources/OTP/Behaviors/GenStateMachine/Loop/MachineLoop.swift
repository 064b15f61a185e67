public import Synchronization

/// Drives a machine: takes its messages, calls its handlers, and does what its engine says.
@usableFromInline enum MachineLoop<M: GenStateMachine> {
    /// Events handled in one slice before others get their turn.
    @usableFromInline static var budget: Int { 128 }

    /// As ``ServerLoop/run(_:_:)``.
    @inlinable nonisolated(nonsending) static func run(
        _ first: Unmanaged<ProcessCell>, _ runner: Runner
    ) async -> SliceOutcome {
        var held = first
        await KnownExecutor.mark()
        while true {
            let me = ProcessContext<M>(held: held)
            let end = await slice(me, runner)
            held = (consume me).givenUp()
            guard case .idle = end else { return SliceOutcome(end, held) }
            guard let next = runner.next(after: held) else { return .nothing }
            held = next
        }
    }

    @inlinable @inline(__always) nonisolated(nonsending) static func slice(
        _ me: ProcessContext<M>, _ runner: Runner
    ) async -> SliceEnd {
        // Looked up anew each time: a copy would count a reference in each slice.
        var cell: MachineCell<M> { @inline(__always) get { unsafeDowncast(me.cell, to: MachineCell<M>.self) } }
        if !cell.isReady {
            let end = await resume(cell, runner)
            await KnownExecutor.mark()
            if let end { return end }
        }
        cell.occupy(runner)
        var left = budget
        while true {
            var control = cell.control.load(ordering: .sequentiallyConsistent)
            if control & ProcessCell.Control.attention != 0 {
                let end = await attend(cell, runner)
                await KnownExecutor.mark()
                if let end { return end }
                // After a suspension there may be what was set aside, which comes before what came since.
                control = cell.control.load(ordering: .sequentiallyConsistent)
            }
            if left <= 0 {
                cell.vacate()
                return .again
            }
            let event: MachineEvent<M>
            if let own = cell.body.unsafelyUnwrapped.pointee.engine.next() {
                left &-= 1
                event = own
            } else {
                if cell.body.unsafelyUnwrapped.pointee.engine.hibernates { sleep(cell) }
                if control & ProcessCell.Control.hasDeferred != 0 {
                    let end = await handleDeferred(cell, runner)
                    await KnownExecutor.mark()
                    if let end { return end }
                    continue
                }
                switch cell.mailbox.look() {
                case .message(let tag, let slot):
                    left &-= 1
                    if tag == MessageTag.system {
                        let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self).takeRetainedValue()
                        cell.mailbox.advance(past: slot)
                        let end = await self.notice(notice, cell, runner)
                        await KnownExecutor.mark()
                        if let end { return end }
                        continue
                    }
                    if cell.dropsOverflow(tag, slot) { continue }
                    event = take(tag, slot)
                    cell.mailbox.advance(past: slot)
                case .empty:
                    if cell.hibernatesByItself { cell.awaitHibernation() }
                    cell.vacate()
                    if cell.mailbox.goIdle() { return .idle }
                    cell.occupy(runner)
                    continue
                case .pending:
                    cell.vacate()
                    return .again
                }
            }
            // Written out here for all events: a function of its own would be one more frame of the task for each.
            let body = cell.body.unsafelyUnwrapped
            if control & ProcessCell.Control.watched != 0 || body.pointee.role != nil {
                let end = await handle(event, cell, runner)
                await KnownExecutor.mark()
                if let end { return end }
                continue
            }
            let transition: MachineTransition<M>
            do {
                transition = try await body.pointee.data.handleEvent(
                    event, in: body.pointee.engine.state, me)
            } catch {
                let end = await crashed(error, cell, runner, event)
                await KnownExecutor.mark()
                return end
            }
            var step = accept(transition, event, cell)
            if case .enter(let old) = step, body.pointee.role == nil {
                do {
                    let entry = try await body.pointee.data.handleEnter(
                        body.pointee.engine.nextState, from: old, me)
                    step = body.pointee.engine.entered(entry)
                } catch {
                    let end = await crashed(error, cell, runner, event)
                    await KnownExecutor.mark()
                    return end
                }
                cell.perform(body)
            }
            if case .settled = step { continue }
            let end = await settle(step, cell, runner, event)
            await KnownExecutor.mark()
            if let end { return end }
        }
    }

    @inlinable static func take(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) -> MachineEvent<M> {
        switch tag {
        case MessageTag.call: .call(Boxing<M.Call>.take(from: slot))
        case MessageTag.cast: .cast(Boxing<M.Cast>.take(from: slot))
        default: .info(Boxing<M.Info>.take(from: slot))
        }
    }

    // MARK: events

    /// One event off the hot path: its handler, then what that returned; told to whoever watches.
    @inlinable nonisolated(nonsending) static func handle(
        _ event: MachineEvent<M>, _ cell: MachineCell<M>, _ runner: Runner
    ) async -> SliceEnd? {
        let body = cell.body.unsafelyUnwrapped
        let state = body.pointee.engine.state
        let watched = cell.has(ProcessCell.Control.watched) ? WatchedEvent(event, cell) : nil
        let transition: MachineTransition<M>
        do {
            if let role = body.pointee.role {
                transition = try await role.handleEvent(event, in: state, &body.pointee.data, ProcessContext(cell))
            } else {
                transition = try await body.pointee.data.handleEvent(event, in: state, ProcessContext(cell))
            }
        } catch {
            return await crashed(error, cell, runner, event)
        }
        watched?.handled(transition)
        let end = await settle(accept(transition, event, cell), cell, runner, event, watched)
        // One that ends has told its answers before that.
        if end == nil { watched?.settled() }
        return end
    }

    /// Does what a handler returned, up to an enter call or an end.
    @inlinable static func accept(
        _ transition: MachineTransition<M>, _ event: MachineEvent<M>, _ cell: MachineCell<M>
    ) -> MachineStep<M> {
        let body = cell.body.unsafelyUnwrapped
        if case .unexpected = transition.target { cell.refuse(event) }
        let step = body.pointee.engine.apply(transition, to: event)
        cell.perform(body)
        return step
    }

    /// What comes after a handler, until the transition is complete.
    @inlinable nonisolated(nonsending) static func settle(
        _ first: MachineStep<M>, _ cell: MachineCell<M>, _ runner: Runner, _ event: MachineEvent<M>?,
        _ watched: WatchedEvent<M>? = nil
    ) async -> SliceEnd? {
        let body = cell.body.unsafelyUnwrapped
        var step = first
        while true {
            switch step {
            case .settled:
                return nil
            case .stop(let reason):
                return await end(cell, runner, reason, event: event)
            case .crash(let error):
                return await crashed(error, cell, runner, event)
            case .enter(let old):
                let state = body.pointee.engine.nextState
                do {
                    let entry: MachineEntry<M>
                    if let role = body.pointee.role {
                        entry = try await role.handleEnter(
                            state, from: old, &body.pointee.data, ProcessContext(cell))
                    } else {
                        cell.asked = OwnHandlers.Handler.enter
                        entry = try await body.pointee.data.handleEnter(state, from: old, ProcessContext(cell))
                        cell.lacksEnter = cell.asked == 0
                        cell.asked = 0
                    }
                    step = body.pointee.engine.entered(entry)
                    watched?.entered(entry)
                } catch {
                    return await crashed(error, cell, runner, event)
                }
                cell.perform(body)
                // An enter call that repeats itself for ever can still be ended.
                let control = cell.control.load(ordering: .acquiring)
                if control & (ProcessCell.Control.dead | ProcessCell.Control.exitPending) != 0 {
                    if case .enter = step { return await attend(cell, runner) }
                }
            }
        }
    }

    /// Nothing of its own is left to be done, and the last transition asked for sleep.
    @usableFromInline static func sleep(_ cell: MachineCell<M>) {
        cell.body.unsafelyUnwrapped.pointee.engine.compact()
        cell.hibernate()
    }

    /// A handler threw, or its transition was not legal.
    @inlinable nonisolated(nonsending) static func crashed(
        _ error: any Error, _ cell: MachineCell<M>, _ runner: Runner, _ event: MachineEvent<M>?
    ) async -> SliceEnd {
        await end(cell, runner, ExitReason(thrown: error), event: event)
    }

    /// A notice of the kernel: a timeout, the end of another process, the request of a system call.
    @usableFromInline nonisolated(nonsending) static func notice(
        _ notice: SystemMessage, _ cell: MachineCell<M>, _ runner: Runner
    ) async -> SliceEnd? {
        if let timer = notice as? AlarmNotice {
            guard let event = cell.timerCame(timer.number) else { return nil }
            return await handle(event, cell, runner)
        }
        switch cell.interpret(notice) {
        case .nothing, .idleCheck: return nil
        case .info(let info): return await handle(.info(info), cell, runner)
        case .stop(let reason): return await end(cell, runner, reason)
        }
    }

    // MARK: control

    /// The control word asks for something: an end, a death, a pause.
    @usableFromInline nonisolated(nonsending) static func attend(_ cell: MachineCell<M>, _ runner: Runner) async
        -> SliceEnd?
    {
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        if cell.has(ProcessCell.Control.exitPending) {
            return await end(cell, runner, cell.pendingReason ?? .shutdown)
        }
        if cell.has(ProcessCell.Control.suspended) { return await suspended(cell, runner) }
        return nil
    }

    /// The oldest of what arrived while the machine was suspended.
    @usableFromInline nonisolated(nonsending) static func handleDeferred(
        _ cell: MachineCell<M>, _ runner: Runner
    ) async -> SliceEnd? {
        guard let message = cell.takeDeferred() else {
            cell.clear(ProcessCell.Control.hasDeferred)
            return nil
        }
        switch message {
        case .call(let call): return await handle(.call(call), cell, runner)
        case .cast(let cast): return await handle(.cast(cast), cell, runner)
        case .info(let info): return await handle(.info(info), cell, runner)
        case .notice(let notice): return await self.notice(notice, cell, runner)
        }
    }

    /// Takes what arrives while suspended: events are set aside, system requests are served, and exits from the
    /// parent, kill and stop act.
    private nonisolated(nonsending) static func suspended(_ cell: MachineCell<M>, _ runner: Runner) async -> SliceEnd? {
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
