internal import COTPRuntime

/// Turns of other processes that the process which runs takes on its own thread.
enum InlineTurn {
    /// Whether the code that runs now may take a turn of `cell`: on one of its node's own workers, and not on behalf of
    /// another process already. Not when it has taken so many that it is others' turn: then it does so the long way, and
    /// suspends.
    static func isPossible(for cell: ProcessCell) -> Bool { worker(for: cell) != nil }

    /// The worker on whose thread that is; nil if it may not.
    @inline(__always) static func worker(for cell: ProcessCell) -> UnsafeMutablePointer<Worker>? {
        guard let worker = ownWorker(of: cell), worker.pointee.inlineCell == nil, Worker.goesOnInline(worker) else {
            return nil
        }
        return worker
    }

    /// Whether this thread is one of the own workers of the process's node, or lent to it.
    static func isOnWorker(of cell: ProcessCell) -> Bool {
        guard let worker = Worker.current(of: cell.schedulerRef) else { return false }
        return worker.pointee.role != .seeded
    }

    @inline(__always) private static func ownWorker(of cell: ProcessCell) -> UnsafeMutablePointer<Worker>? {
        guard let worker = Worker.current(of: cell.schedulerRef), worker.pointee.role == .thread else { return nil }
        return worker
    }

    /// Ends an idle process that needs no turn for it, on behalf of its parent, which runs on this thread. The link between
    /// the two is ended first: the parent is told here. What the process has is to be freed by `release`.
    ///
    /// - Returns: Why it has ended; nil if it is not such a one: then nothing has been done.
    static func endChild(_ child: ProcessCell, of parent: ProcessCell, _ reason: ExitReason) -> ExitReason? {
        guard child.endsInline, isOnWorker(of: child), child.mailbox.claimIdle() else { return nil }
        child.occupyInline()
        guard child.endsInline, !child.has(ProcessCell.Control.attention) else {
            child.vacate()
            child.wake()
            return nil
        }
        parent.unlink(from: child)
        let worker = Worker.current
        let outer = worker?.pointee.inlineCell
        worker?.pointee.inlineCell = Unmanaged.passUnretained(child)
        let end = child.endHeld(reason)
        worker?.pointee.inlineCell = outer
        return end
    }

    /// Ends an idle process that needs no turn for it, for a process that stops it.
    ///
    /// - Returns: Why it has ended; nil if it is not such a one: then nothing has been done.
    static func end(_ cell: ProcessCell, _ reason: ExitReason) -> ExitReason? {
        guard cell.endsInline, let caller = CurrentProcess.reference, !otp_is_cancelled(),
            !caller._withUnsafeGuaranteedRef({ $0.has(ProcessCell.Control.dead) }), isPossible(for: cell),
            cell.mailbox.claimIdle()
        else {
            return nil
        }
        // Before the look at the control word: whoever kills the process from here on knows that it runs.
        cell.occupyInline()
        guard cell.endsInline, !cell.has(ProcessCell.Control.attention) else {
            cell.vacate()
            cell.wake()
            return nil
        }
        return end(held: cell, reason)
    }

    /// Frees what a dead process has that the calling thread holds: as that process, without the caller's task-local values,
    /// for the end of its state may be code of others.
    static func release(_ cell: ProcessCell) {
        let worker = Worker.current
        let outer = worker?.pointee.inlineCell
        let process = Unmanaged.passUnretained(cell)
        worker?.pointee.inlineCell = process
        BoundValues.hidden(process.toOpaque()) { raw in
            Unmanaged<ProcessCell>.fromOpaque(raw)._withUnsafeGuaranteedRef { $0.releaseInline() }
        }
        worker?.pointee.inlineCell = outer
    }

    /// As the process itself, without the caller's task-local values.
    private static func end(held cell: ProcessCell, _ reason: ExitReason) -> ExitReason {
        var order = (process: Unmanaged.passUnretained(cell), reason: reason)
        Worker.current?.pointee.inlineCell = order.process
        withUnsafeMutablePointer(to: &order) { pointer in
            BoundValues.hidden(UnsafeMutableRawPointer(pointer)) { raw in
                let order = raw.assumingMemoryBound(to: (process: Unmanaged<ProcessCell>, reason: ExitReason).self)
                let reason = order.pointee.reason
                order.pointee.reason = order.pointee.process._withUnsafeGuaranteedRef { $0.endInline(reason) }
            }
        }
        Worker.current?.pointee.inlineCell = nil
        return order.reason
    }
}
