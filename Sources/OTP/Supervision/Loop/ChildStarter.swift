/// What stands under a child's id: the code that makes its process. Performed by the loops, opaque to the machines.
protocol ChildStarter: Sendable {
    /// Makes the process, linked to `supervisor` and with it as its parent, under its name, but does not let it begin.
    ///
    /// Once it runs, it acknowledges `handshake` when its `init` is through, or notes the problem there before it ends.
    /// - Parameters:
    ///   - spec: The child's.
    ///   - handshake: Nil for a process that ``begin(_:_:)`` is called with.
    /// - Throws: ``NameHeld`` when its name is about to be free; otherwise why there will be no process.
    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell

    /// How long its `init` may take; nil for as long as it likes.
    var startTimeout: Duration? { get }

    /// Whether a process can be begun on the thread that runs its supervisor: its `init` is known not to suspend.
    var beginsInline: Bool { get }

    /// Begins a process that was made without a handshake, on this thread. With one: prepares it to begin in a turn of its
    /// own.
    ///
    /// - Returns: Why there is no process; nil if it runs.
    func begin(_ cell: ProcessCell, _ handshake: StartHandshake?) -> StartError.Code?
}

extension ChildStarter {
    var beginsInline: Bool { false }

    func begin(_ cell: ProcessCell, _ handshake: StartHandshake?) -> StartError.Code? {
        preconditionFailure("\(cell.kindName) begins in a turn of its own")
    }
}

/// The name of a child still belongs to a process that is ending.
struct NameHeld: Error {
    let holder: ProcessCell
}

extension SupervisorCell {
    /// Puts a new child into the node's table, gives it its name and links it.
    func adopt<S>(_ cell: BehaviorCell<S>, as name: ServerName<S>?) throws {
        if let name {
            try adopt(cell, S.self, name.claim, orElse: { name.refusal })
        } else {
            adopt(cell)
        }
    }

    /// Puts a new child without a name into the node's table and links it: first that, for nobody else knows it yet.
    func adopt(_ cell: ProcessCell) {
        link(toNew: cell)
        node.began(cell)
    }

    /// - Parameters:
    ///   - claim: Gives the process its name, or says who has it: itself if it cannot be given.
    ///   - refusal: Why it cannot be given then.
    func adopt(
        _ cell: ProcessCell, _ type: Any.Type, _ claim: (ProcessCell) -> ProcessCell?, orElse refusal: () -> NameError
    ) throws {
        node.began(cell)
        if let holder = claim(cell) {
            cell.declareDead(.normal)
            node.scheduler.schedule(cell)
            if holder === cell { throw StartError(.badName(refusal().description), what: "\(type)") }
            if holder.isEnding || holder.isOrphan { throw NameHeld(holder: holder) }
            throw StartError(.alreadyStarted(holder.pid), what: "\(type)")
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
