extension MachineLoop {
    /// A slice that does not begin with an event: start, what an earlier event left, end.
    @usableFromInline nonisolated(nonsending) static func resume(_ cell: MachineCell<M>, _ runner: Runner) async
        -> SliceEnd?
    {
        switch cell.phase {
        case .starting: await start(cell, runner)
        case .terminating: await terminate(cell, runner)
        case .ended: buried(cell)
        case .running: await goOn(cell, runner)
        }
    }

    /// Completes a transition that was begun on the thread of the event's sender.
    private nonisolated(nonsending) static func goOn(_ cell: MachineCell<M>, _ runner: Runner) async -> SliceEnd? {
        guard let pending = cell.pending else { return nil }
        cell.pending = nil
        cell.occupy(runner)
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        if cell.has(ProcessCell.Control.exitPending) {
            return await end(cell, runner, cell.pendingReason ?? .shutdown, event: pending.event)
        }
        return await settle(pending.step, cell, runner, pending.event)
    }

    // MARK: the start

    private nonisolated(nonsending) static func start(_ cell: MachineCell<M>, _ runner: Runner) async -> SliceEnd? {
        cell.occupy(runner)
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        let me = ProcessContext<M>(cell)
        do {
            if let reason = cell.pendingReason { throw Exit(reason) }
            let made = try await cell.make!(me)
            cell.make = nil
            let body = UnsafeMutablePointer<MachineCell<M>.Body>.allocate(capacity: 1)
            body.initialize(to: MachineCell<M>.Body(made, in: cell.first?.state ?? made.initialState))
            cell.body = body
        } catch {
            return failedToStart(error, cell)
        }
        // Told to end meanwhile: what was made is taken leave of, and then the start has failed.
        if let reason = cell.pendingReason {
            cell.handshake?.initIsThrough()
            return await end(cell, runner, reason)
        }
        cell.phase = .running
        cell.handshake?.acknowledge()
        cell.handshake = nil
        if cell.has(ProcessCell.Control.dead) { return await attend(cell, runner) }
        let body = cell.body.unsafelyUnwrapped
        #if DEBUG
            GraphCheck.run(M.self, beginningIn: body.pointee.engine.state, on: cell.node)
        #endif
        do {
            let actions: [MachineAction<M>]
            if let first = cell.first {
                cell.first = nil
                actions = first.actions
            } else {
                actions = try await body.pointee.data.handleStart(me)
            }
            let watched = cell.has(ProcessCell.Control.watched) ? WatchedEvent(beginning: actions, cell) : nil
            let step = body.pointee.engine.begin(actions)
            cell.perform(body)
            if let end = await settle(step, cell, runner, nil, watched) { return end }
            watched?.settled()
        } catch {
            return await crashed(error, cell, runner, nil)
        }
        cell.vacate()
        return nil
    }

    private static func failedToStart(_ error: any Error, _ cell: MachineCell<M>) -> SliceEnd {
        cell.failStart(error, cell.handshake)
        cell.handshake = nil
        return buried(cell)
    }

    // MARK: the end

    /// Begins to end the process: `terminate` runs next, in a runner that nobody has cancelled.
    @usableFromInline nonisolated(nonsending) static func end(
        _ cell: MachineCell<M>, _ runner: Runner, _ reason: ExitReason, event: MachineEvent<M>? = nil
    ) async -> SliceEnd {
        // The last answers, before anything is said of the end.
        cell.noteLastAnswers()
        cell.vacate()
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        // The reason of a signal wins over what the handler made of being cancelled.
        cell.endReason = cell.beginEnding(reason)
        cell.lastEvent = event
        cell.phase = .terminating
        if runner.hasRetired { return .again }
        return await terminate(cell, runner)
    }

    private nonisolated(nonsending) static func terminate(_ cell: MachineCell<M>, _ runner: Runner) async -> SliceEnd {
        cell.occupy(runner, terminating: true)
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        var reason = cell.endReason
        if cell.has(ProcessCell.Control.watched) { cell.noteEnding() }
        cell.noteTerminating(true)
        if let body = cell.body {
            let state = body.pointee.engine.state
            do {
                if let role = body.pointee.role {
                    try await role.terminate(reason: reason, in: state, &body.pointee.data, ProcessContext(cell))
                } else {
                    try await body.pointee.data.terminate(reason: reason, in: state, ProcessContext(cell))
                }
            } catch {
                reason = ExitReason(thrown: error)
            }
        }
        cell.noteTerminating(false)
        cell.noteLastAnswers()
        cell.vacate()
        if !cell.has(ProcessCell.Control.dead) {
            if !reason.isExpected, cell.reportsCrashes { report(reason, cell) }
            cell.declareDead(reason)
        }
        return buried(cell)
    }

    private static func report(_ reason: ExitReason, _ cell: MachineCell<M>) {
        let status = cell.status(.termination(reason))
        let client: PID? = if case .call(let call) = cell.lastEvent { Client.caller(in: call) } else { nil }
        let last = cell.lastEvent == nil ? nil : status?.queue.first
        var report = cell.crashReport(
            status?.reason ?? reason, lastMessage: last, client: client,
            state: status?.whole)
        if let status {
            report?.queued = Array(status.queue.dropFirst(cell.lastEvent == nil ? 0 : 1))
            report?.postponed = status.postponed
            report?.timeouts = status.timeouts.map(\.description)
            report?.role = status.role
        }
        if let report { cell.node.report(.crash(report)) }
    }

    /// Frees what a dead process still has and empties its mailbox, now and whenever something comes too late.
    @usableFromInline static func buried(_ cell: MachineCell<M>) -> SliceEnd {
        cell.vacate()
        if cell.phase != .ended {
            cell.handshake = nil
            cell.freeBody()
            cell.released()
        }
        return cell.drained()
    }
}
