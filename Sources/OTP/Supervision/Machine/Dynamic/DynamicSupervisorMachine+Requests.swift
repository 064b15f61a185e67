extension DynamicSupervisorMachine {
    mutating func answer(_ request: SupervisionRequest, _ id: SupervisionRequestID) {
        switch request {
        case .startChild(let spec): startChild(spec, id)
        case .terminateChild(let child): terminateChild(child, id)
        case .children: answer(id, .children(statuses))
        case .childCounts: answer(id, .counts(counts))
        case .childSpec(let child): find(child, id).map { answer(id, .spec(children[$0].spec)) }
        case .restartChild(let child), .deleteChild(let child), .pid(let child): _ = find(.id(child), id)
        }
    }

    /// Children are known by their processes alone; all of one template have the same id.
    private mutating func find(_ child: SupervisionRequest.Child, _ id: SupervisionRequestID) -> Int? {
        switch child {
        case .process(let pid):
            if let slot = slots[pid] { return slot }
            answer(id, .failure(SupervisorError(.notFound, child: child.id)))
        case .id(let child): answer(id, .failure(SupervisorError(.knownByProcessOnly, child: child)))
        }
        return nil
    }

    private mutating func startChild(_ spec: ChildSpec, _ id: SupervisionRequestID) {
        do throws(SupervisorError) {
            actions.append(.start(try list(spec, for: id), spec))
        } catch { answer(id, .failure(error)) }
    }

    /// Lists a child, which is to start now.
    ///
    /// - Parameter id: The request that will be answered when it has.
    /// - Throws: Why there may not be such a child; nothing has changed then.
    mutating func list(_ spec: ChildSpec, for id: SupervisionRequestID) throws(SupervisorError) -> ChildRef {
        try spec.validate(under: autoShutdown)
        if let template, spec.template != template { throw SupervisorError(.notOfTemplate, child: spec.id) }
        guard !isEnding else { throw SupervisorError(.shuttingDown) }
        if let maxChildren, children.count >= maxChildren { throw SupervisorError(.maxChildren(maxChildren)) }
        lives += 1
        let slot = children.insert(DynamicChild(spec: spec, order: lives, phase: .starting(id), life: lives))
        if spec.isSignificant { significantAlive += 1 }
        return ChildRef(slot: slot, life: lives)
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
            specs: template != nil ? 1 : children.count, active: active, supervisors: supervisors,
            workers: children.count - supervisors)
    }
}
