extension SupervisorMachine {
    mutating func shutdown(_ reason: ExitReason, deadline: Duration?) {
        if case .ended = operation { return }
        if let deadline { self.deadline = self.deadline.map { min($0, deadline) } ?? deadline }
        if isEnding { hurry() } else { end(SupervisionEnding(reason: reason, cause: .request)) }
    }

    /// Interrupts whatever is under way, stops all children and ends.
    mutating func end(_ ending: SupervisionEnding) {
        switch operation {
        case .starting(let run): run.purpose.askers.map { answer($0, .failure(SupervisorError(.shuttingDown))) }
        case .stopping(let run):
            if case .terminate(let request) = run.purpose {
                answer(request, .failure(SupervisorError(.shuttingDown)))
            }
        case .new, .idle, .ended: break
        }
        while let item = backlog.next() {
            if case .request(_, let id) = item { answer(id, .failure(SupervisorError(.shuttingDown))) }
        }
        stop(StopRun(next: children.last, until: nil, purpose: .end(ending)))
    }

    /// Goes on with `run` until it has to wait for a child, or is through.
    mutating func stop(_ run: StopRun) {
        var run = run
        while let slot = run.next {
            run.next = slot == run.until ? nil : children.slot(before: slot)
            run.awaited = nil
            switch children[slot].phase {
            case .stopped, .ignored, .gone: continue
            case .held(let purpose): giveUpHeldStart(slot, purpose, run)
            case .restarting:
                if case .restart(slot, _) = run.purpose { continue }
                actions.append(.cancel(.restart(ref(slot))))
                setPhase(slot, .stopped)
            case .starting where children[slot].exit != nil, .running where children[slot].exit != nil,
                .stopping where children[slot].exit != nil:
                hasStopped(slot)
            case .running(let pid):
                setPhase(slot, .stopping(pid))
                askToStop(slot)
                run.awaited = ref(slot)
            case .starting:
                setPhase(slot, .stopping(nil))
                askToStop(slot)
                run.awaited = ref(slot)
            case .stopping:
                armStopAlarm(slot)
                run.awaited = ref(slot)
            }
            if run.awaited != nil {
                operation = .stopping(run)
                return
            }
        }
        isThrough(run)
    }

    private mutating func isThrough(_ run: StopRun) {
        switch run.purpose {
        case .restart(let slot, let wait): startScope(of: slot, wait: wait)
        case .terminate(let request):
            operation = .idle
            answer(request, .done)
        case .end(let ending):
            operation = .ended
            actions.append(.end(ending))
        }
    }

    /// The child that was waited for has ended.
    mutating func stopped(_ slot: Int, _ run: StopRun) {
        hasStopped(slot)
        stop(run)
    }

    /// A child has not started, and nobody wants it to any more: a shutdown came while its `init` ran.
    ///
    /// - Parameter error: Why it has not; nil if it declined.
    mutating func failedDuringShutdown(_ slot: Int, _ error: (any Error)?) {
        if children[slot].exit != nil { return }
        switch children[slot].phase {
        case .starting:
            // It failed by itself, before its turn to be asked has come.
            if let error { report(.startError(error), slot) }
            children[slot].exit = .shutdown
        case .stopping:
            let declined: ExitReason = children[slot].spec.shutdown == .kill ? .killed : .shutdown
            let reason = error.map(ExitReason.init(thrown:)) ?? declined
            children[slot].exit = children[slot].isOverdue ? .killed : reason
            children[slot].lastPID = nil
        case .stopped, .ignored, .gone, .running, .restarting, .held: return
        }
        if case .stopping(let run) = operation, run.awaited == ref(slot) { stopped(slot, run) }
    }

    private mutating func hasStopped(_ slot: Int) {
        actions.append(.cancel(.stopTimeOver(ref(slot))))
        let spec = children[slot].spec
        // Of one that was still to start nothing was asked, and its failure is told.
        let isAsked = if case .starting = children[slot].phase { false } else { true }
        if isAsked, let reason = children[slot].exit, !spec.accepts(reason) { report(.shutdownError(reason), slot) }
        if spec.restart == .temporary { remove(slot) } else { setPhase(slot, .stopped) }
    }

    private mutating func askToStop(_ slot: Int) {
        if children[slot].spec.shutdown == .kill {
            actions.append(.kill(ref(slot)))
        } else {
            actions.append(.askToStop(ref(slot), deadline: deadline))
            armStopAlarm(slot)
        }
    }

    private mutating func armStopAlarm(_ slot: Int) {
        let spec = children[slot].spec
        let left = deadline.map { $0 - now + (spec.kind == .supervisor ? Self.supervisorMargin : .zero) }
        let limit: Duration? =
            switch spec.shutdown {
            case .kill: nil
            case .within(let limit): left.map { min($0, limit) } ?? limit
            case .infinity: left
            }
        if let limit { actions.append(.wake(.stopTimeOver(ref(slot)), after: max(limit, .zero))) }
    }

    mutating func stopTimeOver(_ ref: ChildRef) {
        guard let slot = children.slot(of: ref), case .stopping = children[slot].phase, children[slot].exit == nil
        else { return }
        children[slot].isOverdue = true
        actions.append(.kill(ref))
    }

    /// The deadline of a shutdown under way has come closer.
    private mutating func hurry() {
        guard case .stopping(let run) = operation, let ref = run.awaited, let slot = children.slot(of: ref),
            deadline != nil, children[slot].spec.shutdown != .kill
        else { return }
        if children[slot].spec.kind == .supervisor { actions.append(.askToStop(ref, deadline: deadline)) }
        armStopAlarm(slot)
    }
}

extension ChildSpec {
    /// Whether a child that was asked to end may end with this reason without further ado.
    func accepts(_ reason: ExitReason) -> Bool {
        switch reason {
        case .shutdown(nil): shutdown != .kill || restart != .permanent
        case .shutdown, .normal: restart != .permanent
        case .killed: shutdown == .kill
        case .kill, .noProcess, .error: false
        }
    }
}

extension SupervisorMachine.StartRun.Purpose {
    /// Who waits for the start.
    var askers: SupervisorMachine.StartRun.Askers? {
        switch self {
        case .boot, .restart: nil
        case .add(let askers), .again(let askers): askers
        }
    }

    /// The same with one more who waits for it.
    func joined(by id: SupervisionRequestID) -> Self {
        switch self {
        case .boot, .restart: return self
        case .add(var askers):
            askers.others.append(id)
            return .add(askers)
        case .again(var askers):
            askers.others.append(id)
            return .again(askers)
        }
    }
}
