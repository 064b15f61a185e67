internal import Synchronization

/// Makes a supervisor's machine afresh at each start. Erlang: `init/1` of a supervisor.
typealias SupervisorMaker = @Sendable (_ seed: UInt64) throws -> any SupervisionMachine

/// Starts a supervisor as a child of another.
struct SupervisorStarter: ChildStarter {
    let name: ServerName<SupervisorBehavior>?
    var partitions: Int?
    let maker: SupervisorMaker

    var startTimeout: Duration? { nil }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        let cell = SupervisorCell(
            node: supervisor.node, origin: supervisor.lineage, path: "\(supervisor.path)/\(spec.id)",
            handshake: handshake,
            partitions: partitions, maker)
        try supervisor.adopt(cell, as: name)
        return cell
    }
}

/// Starts the root of a tree.
enum SupervisorStart {
    /// A supervisor's process under its name, not begun yet; waits until a name that is about to be free is free.
    nonisolated(nonsending) static func make(
        _ id: ChildID, _ name: ServerName<SupervisorBehavior>?, parent: ProcessCell?, isLinked: Bool,
        partitions: Int? = nil, _ maker: @escaping SupervisorMaker
    ) async throws -> (cell: SupervisorCell, handshake: StartHandshake) {
        if let parent, parent.has(ProcessCell.Control.dead) { throw StartError(.killed, what: "Supervisor") }
        if let problem = name?.problem { throw StartError(.badName(problem.description), what: "Supervisor") }
        let node = parent?.node ?? Node.current
        // Whoever starts it unlinked is survived by it, and by all that is below it.
        let origin = isLinked ? parent?.lineage : parent?.looseLineage
        while true {
            let handshake = StartHandshake()
            let cell = SupervisorCell(
                node: node, origin: origin, path: id.description, handshake: handshake,
                partitions: partitions, maker)
            node.began(cell)
            guard let name, let holder = name.claim(for: cell) else {
                if isLinked, let parent { _ = parent.link(to: cell) }
                return (cell, handshake)
            }
            cell.declareDead(.normal)
            node.scheduler.schedule(cell)
            handshake.slot.recycle()
            if holder === cell { throw StartError(.badName(name.refusal.description), what: "Supervisor") }
            guard holder.isEnding else { throw StartError(.alreadyStarted(holder.pid), what: "Supervisor") }
            _ = await Stop.waitForEnd(holder, nil)
            try Task.checkCancellation()
        }
    }

    /// A supervisor that is never begun and that nobody finds.
    private static func nobody(_ id: ChildID, on node: Node) -> SupervisorCell {
        let handshake = StartHandshake()
        let cell = SupervisorCell(
            node: node, origin: nil, path: id.description, handshake: handshake, partitions: nil
        ) { _ in throw StartSignal.ignore }
        cell.declareDead(.noProcess)
        node.scheduler.schedule(cell)
        handshake.slot.recycle()
        return cell
    }

    /// Starts a supervisor and waits until all its children have started. A starter that is cancelled meanwhile undoes
    /// what has started.
    nonisolated(nonsending) static func start(
        _ id: ChildID, _ name: ServerName<SupervisorBehavior>?, parent: ProcessCell?, isLinked: Bool,
        partitions: Int? = nil, _ maker: @escaping SupervisorMaker
    ) async throws -> SupervisorRef {
        if let parent, parent.notes(.started("\(id)")) { return SupervisorRef(server: nobody(id, on: parent.node).ref) }
        let (cell, handshake) = try await make(
            id, name, parent: parent, isLinked: isLinked, partitions: partitions, maker)
        cell.node.launch(cell)
        let slot = handshake.slot
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        slot.setServer(cell)
        await CallWait.settled(slot, timeout: nil, node: cell.node, server: cell)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        switch failure {
        case nil: return SupervisorRef(server: cell.ref)
        case .exited(let reason):
            if isLinked, !handshake.isOwnFailure(of: cell) { parent?.hasLearnt(endOf: cell) }
            throw ChildStart.startError(handshake.problem ?? .failed(reason), cell)
        case .cycle(let pids):
            cell.push(SupervisorStop(.shutdown, deadline: nil))
            throw StartError(.cycle(pids), what: cell.kindName)
        default:
            // The starter has been cancelled or ended: what has started ends again, in order.
            cell.push(SupervisorStop(.shutdown, deadline: nil))
            if let starter = CurrentProcess.cell {
                throw StartError(starter.has(ProcessCell.Control.dead) ? .killed : .cancelled, what: cell.kindName)
            }
            _ = await Task { await Stop.waitForEnd(cell, nil) }.value
            throw CancellationError()
        }
    }
}
