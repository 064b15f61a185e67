extension DynamicSupervisorMachine {
    mutating func answer(_ request: Request, _ id: RequestID) {
        switch request {
        case .startChild(let spec): startChild(spec, id)
        case .terminateChild(let pid): terminateChild(pid, id)
        case .children: answer(id, .children(statuses))
        case .childCounts: answer(id, .counts(counts))
        case .childSpec(let pid):
            let spec = slots[pid].flatMap { children[$0]?.spec }
            answer(id, spec.map { .spec($0) } ?? .failure(SupervisorError(.notFound, child: ChildID(pid))))
        }
    }

    private mutating func startChild(_ spec: ChildSpec, _ id: RequestID) {
        do throws(SupervisorError) { try spec.validate(under: autoShutdown) } catch {
            return answer(id, .failure(error))
        }
        guard ending == nil else { return answer(id, .failure(SupervisorError(.shuttingDown))) }
        if let maxChildren, children.count >= maxChildren {
            return answer(id, .failure(SupervisorError(.maxChildren(maxChildren))))
        }
        let slot = nextSlot
        nextSlot += 1
        lives += 1
        children[slot] = DynamicChild(spec: spec, phase: .starting(id), life: lives)
        if spec.isSignificant { significantAlive += 1 }
        actions.append(.start(ref(slot), spec))
    }

    private mutating func terminateChild(_ pid: PID, _ id: RequestID) {
        guard let slot = slots[pid], let phase = children[slot]?.phase else {
            return answer(id, .failure(SupervisorError(.notFound, child: ChildID(pid))))
        }
        children[slot]!.terminators.append(id)
        switch phase {
        case .running, .restarting(_, .awaitsInit): stop(slot)
        case .restarting:
            actions.append(.cancel(.restart(ref(slot))))
            remove(slot)
        case .starting, .stopping: break
        }
    }

    private var counts: ChildCounts {
        var active = 0
        var supervisors = 0
        for child in children.values {
            if child.status.pid != nil { active += 1 }
            if child.spec.kind == .supervisor { supervisors += 1 }
        }
        return ChildCounts(
            specs: hasTemplate ? 1 : children.count, active: active, supervisors: supervisors,
            workers: children.count - supervisors)
    }
}
