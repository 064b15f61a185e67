extension DynamicSupervisorMachine {
    mutating func shutdown(_ reason: ExitReason, deadline: Duration?) {
        if let deadline { self.deadline = self.deadline.map { min($0, deadline) } ?? deadline }
        if ending == nil { return end(SupervisionEnding(reason: reason, cause: .request)) }
        guard deadline != nil else { return }
        // The deadline has come closer.
        for slot in children.inOrder {
            if children[slot].spec.kind == .supervisor {
                actions.append(.askToStop(ref(slot), deadline: self.deadline))
            }
            noteStopTime(slot)
        }
        armStopTimes()
    }

    /// Asks all children to end, at once.
    mutating func end(_ ending: SupervisionEnding) {
        guard self.ending == nil else { return }
        self.ending = ending
        for slot in children.inOrder {
            switch children[slot].phase {
            case .restarting(_, .awaitsAlarm), .restarting(_, .awaitsZombie): remove(slot)
            case .stopping: noteStopTime(slot)
            case .starting, .running, .restarting(_, .awaitsInit):
                ask(slot)
                noteStopTime(slot)
            }
        }
        armStopTimes()
    }

    /// Stops one child on request.
    mutating func stop(_ slot: Int) {
        ask(slot)
        if let limit = stopTime(slot) { actions.append(.wake(.stopTimeOver(ref(slot)), after: limit)) }
    }

    private mutating func ask(_ slot: Int) {
        if case .starting(let request) = children[slot].phase {
            answer(request, .failure(SupervisorError(.shuttingDown)))
        }
        children[slot].phase = .stopping(children[slot].pid)
        if children[slot].spec.shutdown == .kill {
            actions.append(.kill(ref(slot)))
        } else {
            actions.append(.askToStop(ref(slot), deadline: deadline))
        }
    }

    /// How long a child has to end from now; nil for as long as it takes.
    private func stopTime(_ slot: Int) -> Duration? {
        let spec = children[slot].spec
        let margin = spec.kind == .supervisor ? SupervisorMachine.supervisorMargin : .zero
        let left = deadline.map { max($0 - now + margin, .zero) }
        return switch spec.shutdown {
        case .kill: nil
        case .within(let limit): left.map { min($0, limit) } ?? limit
        case .infinity: left
        }
    }

    private mutating func noteStopTime(_ slot: Int) {
        if let limit = stopTime(slot) { stopTimes[now + limit, default: []].append(ref(slot)) }
    }

    private mutating func armStopTimes() {
        for time in stopTimes.keys.sorted() where time >= now {
            actions.append(.wake(.stopTimesOver(time), after: time - now))
        }
    }

    mutating func stopTimeOver(_ ref: ChildRef) {
        guard let slot = slot(of: ref), case .stopping = children[slot].phase else { return }
        children[slot].isOverdue = true
        actions.append(.kill(ref))
    }

    mutating func stopTimesOver(_ time: Duration) {
        for ref in stopTimes.removeValue(forKey: time) ?? [] { stopTimeOver(ref) }
    }
}
