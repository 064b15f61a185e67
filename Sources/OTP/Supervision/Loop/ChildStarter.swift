/// What stands under a child's id: the code that makes its process. Performed by the loops, opaque to the machines.
protocol ChildStarter: Sendable {
    /// Makes the process, linked to `supervisor` and with it as its parent, under its name, but does not let it begin.
    ///
    /// Once it runs, it acknowledges `handshake` when its `init` is through, or notes the problem there before it ends.
    /// - Parameter id: What the supervisor calls the child; for reports.
    /// - Throws: ``NameHeld`` when its name is about to be free; otherwise why there will be no process.
    func make(_ id: ChildID, under supervisor: SupervisorCell, _ handshake: StartHandshake) throws -> ProcessCell

    /// How long its `init` may take; nil for as long as it likes.
    var startTimeout: Duration? { get }
}

/// The name of a child still belongs to a process that is ending.
struct NameHeld: Error {
    let holder: ProcessCell
}

extension SupervisorCell {
    /// Puts a new child into the node's table, gives it its name and links it.
    func adopt<S>(_ cell: BehaviorCell<S>, as name: ServerName<S>?) throws {
        node.began(cell)
        if let name, let holder = name.claim(for: cell) {
            cell.declareDead(.normal)
            node.scheduler.schedule(cell)
            if holder.isEnding || holder.isOrphan { throw NameHeld(holder: holder) }
            throw StartError(.alreadyStarted(holder.pid), what: "\(S.self)")
        }
        _ = link(to: cell)
    }
}

extension ProcessCell {
    /// One of those above it has ended, and so it will: the signal that says so may still be on its way, wait in the
    /// mailbox of one that traps exits, or come only when a supervisor in between ends its children one by one.
    fileprivate final var isOrphan: Bool {
        var origin = origin
        // Whoever was started untied outlives its parent.
        while let current = origin, let parent = current.master, let node = Node.of(parent) {
            if !node.isAlive(parent) { return true }
            origin = current.grandparents
        }
        return false
    }
}
