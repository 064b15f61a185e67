extension DynamicSupervisorMachine {
    mutating func answer(_ request: SupervisionRequest, _ id: SupervisionRequestID) {
        switch request {
        case .startChild(let spec): startChild(spec, id)
        case .terminateChild(let child): terminateChild(child, id)
        case .children: answer(id, .children(statuses))
        case .childCounts: answer(id, .counts(counts))
        case .childSpec(let child): find(child, id).map { answer(id, .spec(children[$0].spec)) }
        case .restartChild(let child), .deleteChild(let child), .pid(let child):
            // Children here have no ids.
            answer(id, .failure(SupervisorError(.notFound, child: child)))
        }
    }

    private mutating func find(_ child: SupervisionRequest.Child, _ id: SupervisionRequestID) -> Int? {
        if case .process(let pid) = child, let slot = slots[pid] { return slot }
        answer(id, .failure(SupervisorError(.notFound, child: child.id)))
        return nil
    }

    private mutating func startChild(_ spec: ChildSpec, _ id: SupervisionRequestID) {
        do throws(SupervisorError) { try spec.validate(under: autoShutdown) } catch {
            return answer(id, .failure(error))
        }
        guard !isEnding else { return answer(id, .failure(SupervisorError(.shuttingDown))) }
        if let maxChildren, children.count >= maxChildren {
            return answer(id, .failure(SupervisorError(.maxChildren(maxChildren))))
        }
        lives += 1
        let slot = children.insert(DynamicChild(spec: spec, order: lives, phase: .starting(id), life: lives))
        if spec.isSignificant { significantAlive += 1 }
        actions.append(.start(ref(slot), spec))
    }

    private mutating func terminateChild(_ child: SupervisionRequest.Child, _ id: SupervisionRequestID) {
        guard let slot = find(child, id) else { return }
        children[slot].terminators.append(id)
        switch children[slot].phase {
        case .running, .restarting(_, .awaitsInit): stop(slot)
        case .restarting:
            actions.append(.cancel(.restart(ref(slot))))
            remove(slot)
        case .starting, .stopping: break
        }
    }

    private var counts: ChildCounts {
        let active = children.count { $0.isRunning }
        let supervisors = children.count { $0.spec.kind == .supervisor }
        return ChildCounts(
            specs: hasTemplate ? 1 : children.count, active: active, supervisors: supervisors,
            workers: children.count - supervisors)
    }
}
