internal import Synchronization

extension ServerLoop {
    /// A slice that does not begin with a message: start, what an earlier slice left, the end.
    @inlinable nonisolated(nonsending) static func resume(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd? {
        switch cell.phase {
        case .starting:
            return await start(cell, runner)
        case .terminating:
            return await terminate(cell, runner)
        case .ended:
            return buried(cell)
        case .running:
            guard let pending = cell.pending else { return nil }
            cell.pending = nil
            cell.occupy(runner)
            if cell.has(ProcessCell.Control.dead | ProcessCell.Control.exitPending) {
                cell.lastMessage = pending.message.map { LastMessage($0) }
                return await attend(cell, runner)
            }
            switch pending.work {
            case .next(let next): return await apply(next, cell, runner, pending.message)
            case .crash(let error): return await crashed(error, cell, runner, pending.message)
            }
        }
    }

    // MARK: the start

    @inlinable nonisolated(nonsending) static func start(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd? {
        cell.occupy(runner)
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        let me = ProcessContext<S>(cell)
        do {
            if let reason = cell.pendingReason { throw Exit(reason) }
            let made = try await cell.make!(me)
            cell.make = nil
            let place = UnsafeMutablePointer<S>.allocate(capacity: 1)
            place.initialize(to: made)
            cell.state = place
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
        do {
            if let first = cell.first {
                cell.first = nil
                if let end = await apply(first.step, cell, runner, nil) { return end }
            } else {
                cell.asked = OwnHandlers.Handler.start
                let next = try await cell.state.unsafelyUnwrapped.pointee.handleStart(me)
                cell.asked = 0
                if let end = await apply(next, cell, runner, nil) { return end }
            }
        } catch {
            return await crashed(error, cell, runner, nil)
        }
        cell.vacate()
        return nil
    }

    @usableFromInline static func failedToStart(_ error: any Error, _ cell: ServerCell<S>) -> SliceEnd {
        cell.failStart(error, cell.handshake, shown: cell.shownReason)
        cell.handshake = nil
        return buried(cell)
    }

    // MARK: the end

    /// Begins to end the process: `terminate` runs next, in a runner that nobody has cancelled.
    @inlinable nonisolated(nonsending) static func end(
        _ cell: ServerCell<S>, _ runner: Runner, _ reason: ExitReason, finalReply: (@Sendable () -> Void)? = nil,
        message: ServerMessage<S>? = nil
    ) async -> SliceEnd {
        if !cell.has(ProcessCell.Control.dead) {
            if let finalReply {
                cell.lastMessage = LastMessage(message ?? cell.lastMessage?.message, finalReply: finalReply)
            } else if let message {
                cell.lastMessage = LastMessage(message)
            }
        }
        return await end(bySignal: reason, cell, runner)
    }

    /// The same where no message has led to it. Here no type of message has to be looked up: by a link very many may end at
    /// once.
    @inlinable nonisolated(nonsending) static func end(
        bySignal reason: ExitReason, _ cell: ServerCell<S>, _ runner: Runner
    ) async -> SliceEnd {
        cell.vacate()
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        // The reason of a signal wins over what the handler made of being cancelled.
        cell.endReason = cell.beginEnding(reason)
        cell.phase = .terminating
        if runner.hasRetired { return .again }
        return await terminate(cell, runner)
    }

    @inlinable nonisolated(nonsending) static func terminate(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd
    {
        cell.occupy(runner, terminating: true)
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        var reason = cell.endReason
        cell.noteTerminating(true)
        do {
            if let successor = cell.successor {
                try await successor.terminate(reason, cell)
            } else {
                cell.asked = OwnHandlers.Handler.terminate
                try await cell.state?.pointee.terminate(reason: reason, ProcessContext(cell))
                cell.asked = 0
            }
        } catch {
            reason = ExitReason(thrown: error)
        }
        cell.noteTerminating(false)
        cell.noteLastAnswers()
        cell.vacate()
        if !cell.has(ProcessCell.Control.dead) {
            if !reason.isExpected, cell.reportsCrashes { report(reason, cell) }
            cell.lastMessage?.finalReply?()
            cell.noteLastAnswers()
            cell.declareDead(reason)
        }
        return buried(cell)
    }

    @usableFromInline static func report(_ reason: ExitReason, _ cell: ServerCell<S>) {
        let message = cell.lastMessage?.message
        let report = cell.crashReport(
            cell.shownReason(reason), lastMessage: message.map(cell.rendered), client: message.flatMap(Client.of),
            state: cell.rendered(.termination(reason)))
        if let report { cell.node.report(.crash(report)) }
    }

    /// Frees what a dead process still has and empties its mailbox, now and whenever something comes too late.
    @inlinable static func buried(_ cell: ServerCell<S>) -> SliceEnd {
        cell.vacate()
        if cell.phase != .ended {
            cell.handshake = nil
            cell.freeState()
            cell.released()
        }
        return cell.drained()
    }
}

extension ProcessCell {
    /// The reason of the signal that has asked the process to end.
    @usableFromInline final var pendingReason: ExitReason? {
        guard has(Control.exitPending) else { return nil }
        return guarding.withLock { exitReason }
    }

    /// Tells the worker that `terminate` runs, so that it can limit one that suspends. On a thread that is no worker's,
    /// where what a handler waited for may have left the task, the limit is set at once.
    @usableFromInline final func noteTerminating(_ isOn: Bool) {
        if let worker = Worker.current {
            worker.pointee.terminating = isOn ? pid.raw : 0
        } else if isOn {
            node.limitTermination(of: pid)
        }
    }

    /// From now on signals other than kill change nothing. Returns the reason that counts.
    @usableFromInline final func beginEnding(_ reason: ExitReason) -> ExitReason {
        guarding.withLock {
            set(Control.ending)
            return has(Control.exitPending) ? exitReason ?? reason : reason
        }
    }
}
