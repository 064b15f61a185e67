extension SupervisionRequest {
    /// Whether it only looks.
    var changesNothing: Bool {
        switch self {
        case .startChild, .terminateChild, .restartChild, .deleteChild: false
        case .children, .childCounts, .childSpec, .pid: true
        }
    }
}

extension SupervisionRequest.Child {
    /// How it is named in errors.
    var id: ChildID {
        switch self {
        case .id(let id): id
        case .process(let pid): ChildID(pid)
        }
    }
}

extension SupervisorMachine {
    mutating func answer(_ request: SupervisionRequest, _ id: SupervisionRequestID) {
        switch request {
        case .startChild(let spec): startChild(spec, id)
        case .terminateChild(let child): terminateChild(child, id)
        case .restartChild(let child): restartChild(child, id)
        case .deleteChild(let child): deleteChild(child, id)
        case .children: answer(id, .children(children.map { children[$0].status }))
        case .childCounts: answer(id, .counts(counts))
        case .childSpec(let child): find(child, id).map { answer(id, .spec(children[$0].spec)) }
        case .pid(let child): find(.id(child), id).map { answer(id, .pid(children[$0].status.pid)) }
        }
    }

    /// Children are known by their ids alone; a process is not found even if it is a child.
    private mutating func find(_ child: SupervisionRequest.Child, _ id: SupervisionRequestID) -> Int? {
        if case .id(let child) = child, let slot = children.slot(of: child) { return slot }
        answer(id, .failure(SupervisorError(.notFound, child: child.id)))
        return nil
    }

    private mutating func startChild(_ spec: ChildSpec, _ id: SupervisionRequestID) {
        do throws(SupervisorError) { try spec.validate(under: autoShutdown) } catch {
            return answer(id, .failure(error))
        }
        if let slot = children.slot(of: spec.id) {
            let code: SupervisorError.Code =
                switch children[slot].phase {
                case .held: .restarting
                default: children[slot].status.pid.map { .alreadyStarted($0) } ?? .alreadyPresent
                }
            return answer(id, .failure(SupervisorError(code, child: spec.id)))
        }
        departed[spec.id] = nil
        startOnRequest(children.append(spec, isDeclared: false), .add(.init(id)))
    }

    private mutating func restartChild(_ child: ChildID, _ id: SupervisionRequestID) {
        guard let slot = find(.id(child), id) else { return }
        switch children[slot].phase {
        case .stopped, .ignored, .gone: startOnRequest(slot, .again(.init(id)))
        case .held(let purpose): setPhase(slot, .held(purpose.joined(by: id)))
        case .starting, .running, .stopping: answer(id, .failure(SupervisorError(.running, child: child)))
        case .restarting: answer(id, .failure(SupervisorError(.restarting, child: child)))
        }
    }

    private mutating func terminateChild(_ child: SupervisionRequest.Child, _ id: SupervisionRequestID) {
        guard let slot = find(child, id) else { return }
        stop(StopRun(next: slot, until: slot, purpose: .terminate(id)))
    }

    private mutating func deleteChild(_ child: ChildID, _ id: SupervisionRequestID) {
        guard let slot = find(.id(child), id) else { return }
        switch children[slot].phase {
        case .stopped, .ignored, .gone:
            remove(slot)
            answer(id, .done)
        case .starting, .running, .stopping: answer(id, .failure(SupervisorError(.running, child: child)))
        case .restarting, .held: answer(id, .failure(SupervisorError(.restarting, child: child)))
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
