internal import Synchronization

extension ServerLoop {
    /// A slice that does not begin with a message: start, what an earlier slice left, the end.
    @usableFromInline static func resume(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd? {
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
                if case .next(_, let message) = pending, message != nil {
                    cell.ending = .init(reason: .normal, message: message)
                }
                return await attend(cell, runner)
            }
            switch pending {
            case .next(let next, let message): return await apply(next, cell, runner, message)
            case .crash(let error, let message): return await crashed(error, cell, runner, message)
            }
        }
    }

    // MARK: the start

    private static func start(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd? {
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        cell.occupy(runner)
        let me = ProcessContext<S>(cell)
        do {
            if let reason = cell.pendingReason { throw Exit(reason) }
            let made = try await cell.make!(me)
            cell.make = nil
            if let reason = cell.pendingReason { throw Exit(reason) }
            let place = UnsafeMutablePointer<S>.allocate(capacity: 1)
            place.initialize(to: made)
            cell.state = place
        } catch {
            return failedToStart(error, cell)
        }
        cell.phase = .running
        cell.handshake?.acknowledge()
        cell.handshake = nil
        if cell.has(ProcessCell.Control.dead) { return await attend(cell, runner) }
        do {
            let next = try await cell.state.unsafelyUnwrapped.pointee.handleStart(me)
            if let end = await apply(next, cell, runner, nil) { return end }
        } catch {
            return await crashed(error, cell, runner, nil)
        }
        cell.vacate()
        return nil
    }

    private static func failedToStart(_ error: any Error, _ cell: ServerCell<S>) -> SliceEnd {
        cell.vacate()
        var reason = cell.pendingReason ?? ExitReason(thrown: error)
        if error is StartSignal {
            cell.handshake?.problem = .ignored
            reason = .normal
        } else {
            cell.handshake?.problem = .failed(reason)
        }
        if !cell.has(ProcessCell.Control.dead) {
            let report = cell.crashReport(reason, lastMessage: nil, state: nil)
            if let report { cell.node.report(.crash(report)) }
            cell.declareDead(reason)
        }
        cell.handshake = nil
        return buried(cell)
    }

    // MARK: the end

    /// Begins to end the process: `terminate` runs next, in a runner that nobody has cancelled.
    @usableFromInline static func end(
        _ cell: ServerCell<S>, _ runner: Runner, _ reason: ExitReason, finalReply: (@Sendable () -> Void)? = nil,
        message: ServerMessage<S>? = nil
    ) async -> SliceEnd {
        cell.vacate()
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        // The reason of a signal wins over what the handler made of being cancelled.
        let reason = cell.beginEnding(reason)
        cell.ending = .init(reason: reason, finalReply: finalReply, message: message ?? cell.ending?.message)
        cell.phase = .terminating
        if runner.isRetired.load(ordering: .acquiring) { return .again }
        return await terminate(cell, runner)
    }

    private static func terminate(_ cell: ServerCell<S>, _ runner: Runner) async -> SliceEnd {
        if cell.has(ProcessCell.Control.dead) { return buried(cell) }
        cell.occupy(runner, terminating: true)
        var reason = cell.ending?.reason ?? .normal
        Worker.current?.pointee.terminating = cell.pid.raw
        do {
            try await cell.state?.pointee.terminate(reason: reason, ProcessContext(cell))
        } catch {
            reason = ExitReason(thrown: error)
        }
        Worker.current?.pointee.terminating = 0
        cell.vacate()
        if !cell.has(ProcessCell.Control.dead) {
            if !reason.isExpected {
                let message = cell.ending?.message.map(S.formatMessage)
                let report = cell.crashReport(reason, lastMessage: message, state: cell.rendered(.termination(reason)))
                if let report { cell.node.report(.crash(report)) }
            }
            cell.ending?.finalReply?()
            cell.declareDead(reason)
        }
        return buried(cell)
    }

    /// Frees what a dead process still has and empties its mailbox, now and whenever something comes too late.
    @usableFromInline static func buried(_ cell: ServerCell<S>) -> SliceEnd {
        cell.vacate()
        if cell.phase != .ended {
            cell.handshake = nil
            cell.freeState()
            cell.released()
        }
        while true {
            switch cell.mailbox.look() {
            case .message(let tag, let slot):
                switch tag {
                case MessageTag.call: _ = Boxing<S.Call>.take(from: slot)
                case MessageTag.cast: _ = Boxing<S.Cast>.take(from: slot)
                case MessageTag.info: _ = Boxing<S.Info>.take(from: slot)
                default: (slot + 8).load(as: Unmanaged<SystemMessage>.self).release()
                }
                cell.mailbox.advance(past: slot)
            case .empty:
                if cell.mailbox.goIdle() { return .idle }
            case .pending:
                return .again
            }
        }
    }
}

extension ServerCell {
    /// Gives back what memory can be given back while the process waits.
    func hibernate() {
        if deferred.isEmpty { deferred = Deferred() }
        if downHandlers.isEmpty { downHandlers = [:] }
    }
}

extension ProcessCell {
    /// The reason of the signal that has asked the process to end.
    final var pendingReason: ExitReason? {
        guard has(Control.exitPending) else { return nil }
        return guarding.withLock { exitReason }
    }

    /// From now on signals other than kill change nothing. Returns the reason that counts.
    final func beginEnding(_ reason: ExitReason) -> ExitReason {
        guarding.withLock {
            set(Control.ending)
            return has(Control.exitPending) ? exitReason ?? reason : reason
        }
    }
}
