/// One run of a tree from its start to its end, for whoever hosts it: can be told to end at any moment, any number of
/// times, and knows who had to be killed.
package final class TreeRun: Sendable {
    private let cell: SupervisorCell
    private let handshake: StartHandshake
    private let observation: ReportSink.Observation
    private let killedChildren: LockedBox<[KilledChild]>
    private let isStopping = LockedBox(false)

    /// Begins to start the tree. Does not wait for its children.
    ///
    /// - Throws: ``StartError`` if the name is taken.
    package nonisolated(nonsending) static func begin(_ tree: Supervisor) async throws -> TreeRun {
        let (cell, handshake) = try await SupervisorStart.make(
            tree.childSpec.id, tree.name?.server, parent: nil, isLinked: false, tree.maker)
        return TreeRun(cell, handshake)
    }

    private init(_ cell: SupervisorCell, _ handshake: StartHandshake) {
        self.cell = cell
        self.handshake = handshake
        let killed = LockedBox<[KilledChild]>([])
        killedChildren = killed
        let root = cell.pid
        observation = cell.node.reports.observe { report in
            guard case .other(let report as SupervisorReport) = report, let child = report.killedChild,
                report.pid == root || Node.cell(report.pid)?.origin?.ancestors.contains(root) == true
            else { return }
            killed.withLock { $0.append(child) }
        }
        cell.node.launch(cell)
    }

    /// Ends the tree, the children in reverse order, also while it is still starting. Of several limits the one that
    /// is over first counts; nil: as long as the children may take.
    package func stop(within limit: Duration?) {
        let isFirst = isStopping.withLock { isStopping in
            defer { isStopping = true }
            return !isStopping
        }
        // Whoever had to be killed earlier, for the restart of a sibling, has had a successor since.
        if isFirst { killedChildren.set([]) }
        cell.push(SupervisorStop(.shutdown, deadline: limit.map { cell.node.now + $0 }))
    }

    /// Waits for the end, also in a task that has been cancelled. To be called once.
    ///
    /// - Throws: why the tree did not start, gave up or ended unexpectedly.
    package nonisolated(nonsending) func end() async throws {
        let cell = cell
        // A task of its own, for the wait goes on while this one is cancelled and the children end.
        let reason = await Task { await Stop.waitForEnd(cell, nil) }.value ?? .noProcess
        cell.node.reports.remove(observation)
        handshake.slot.recycle()
        switch cell.ending.get()?.cause {
        case .failedStart(let error), .gaveUp(let error): throw error
        case .autoShutdown: return
        case .request:
            if !reason.isExpected { throw Exit(reason) }
        case nil:
            // It did not come as far as its children, or was killed.
            switch handshake.problem {
            case .failed(.error(let error)): throw error
            case .failed(let reason): throw Exit(reason)
            case .ignored: return
            default: throw Exit(reason)
            }
        }
    }

    /// The children that did not end in time and were killed: since it was told to end, if it was.
    package var killed: [KilledChild] { killedChildren.get() }
}
