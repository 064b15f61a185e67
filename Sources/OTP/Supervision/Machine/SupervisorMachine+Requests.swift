extension SupervisorMachine.Request {
    /// Whether it only looks.
    var changesNothing: Bool {
        switch self {
        case .startChild, .terminateChild, .restartChild, .deleteChild: false
        case .children, .childCounts, .childSpec, .pid: true
        }
    }
}

extension SupervisorMachine {
    mutating func answer(_ request: Request, _ id: RequestID) {
        switch request {
        case .startChild(let spec): startChild(spec, id)
        case .terminateChild(let child): terminateChild(child, id)
        case .restartChild(let child): restartChild(child, id)
        case .deleteChild(let child): deleteChild(child, id)
        case .children: answer(id, .children(children.map { children[$0].status }))
        case .childCounts: answer(id, .counts(counts))
        case .childSpec(let child): find(child, id).map { answer(id, .spec(children[$0].spec)) }
        case .pid(let child): find(child, id).map { answer(id, .pid(children[$0].status.pid)) }
        }
    }

    private mutating func find(_ child: ChildID, _ id: RequestID) -> Int? {
        if let slot = children.slot(of: child) { return slot }
        answer(id, .failure(SupervisorError(.notFound, child: child)))
        return nil
    }

    private mutating func startChild(_ spec: ChildSpec, _ id: RequestID) {
        do throws(SupervisorError) { try spec.validate(under: autoShutdown) } catch {
            return answer(id, .failure(error))
        }
        if let slot = children.slot(of: spec.id) {
            let pid = children[slot].status.pid
            return answer(
                id, .failure(SupervisorError(pid.map { .alreadyStarted($0) } ?? .alreadyPresent, child: spec.id)))
        }
        departed[spec.id] = nil
        startOnRequest(children.append(spec, isDeclared: false), .add(id))
    }

    private mutating func restartChild(_ child: ChildID, _ id: RequestID) {
        guard let slot = find(child, id) else { return }
        switch children[slot].phase {
        case .stopped, .ignored, .gone: startOnRequest(slot, .again(id))
        case .starting, .running, .stopping: answer(id, .failure(SupervisorError(.running, child: child)))
        case .restarting: answer(id, .failure(SupervisorError(.restarting, child: child)))
        }
    }

    /// Waits for a predecessor that was killed and still runs.
    private mutating func startOnRequest(_ slot: Int, _ purpose: StartRun.Purpose) {
        if isHeldUp(.only(slot)) {
            operation = .holding(slot: slot, purpose)
        } else {
            start(slot, purpose, continues: false)
        }
    }

    private mutating func terminateChild(_ child: ChildID, _ id: RequestID) {
        guard let slot = find(child, id) else { return }
        stop(StopRun(next: slot, until: slot, purpose: .terminate(id)))
    }

    private mutating func deleteChild(_ child: ChildID, _ id: RequestID) {
        guard let slot = find(child, id) else { return }
        switch children[slot].phase {
        case .stopped, .ignored, .gone:
            remove(slot)
            answer(id, .done)
        case .starting, .running, .stopping: answer(id, .failure(SupervisorError(.running, child: child)))
        case .restarting: answer(id, .failure(SupervisorError(.restarting, child: child)))
        }
    }

    private var counts: ChildCounts {
        var active = 0
        var supervisors = 0
        for slot in children {
            if children[slot].status.pid != nil { active += 1 }
            if children[slot].spec.kind == .supervisor { supervisors += 1 }
        }
        return ChildCounts(
            specs: children.count, active: active, supervisors: supervisors, workers: children.count - supervisors)
    }
}
