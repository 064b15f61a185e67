internal import COTPRuntime

/// A function that makes a server's state and does not suspend. A type of its own, for the type of a function would have
/// to be looked up each time.
@usableFromInline struct PlainMake<Server: StatefulBehavior> {
    @usableFromInline let make: @Sendable (ProcessContext<Server>) throws -> Server
    @inlinable init(_ make: @escaping @Sendable (ProcessContext<Server>) throws -> Server) { self.make = make }
}

/// The parts of a start on the starter's own thread that know no types.
@usableFromInline enum InlineStart {
    /// Whether the code that runs now may begin a process for its own, `parent`, itself: on one of the node's own workers,
    /// not already on behalf of another process, and not when it is about to end.
    @usableFromInline static func mayBegin(for parent: ProcessCell) -> Bool {
        InlineTurn.isPossible(for: parent) && !otp_is_cancelled()
    }

    /// From now on the process is found by its PID. False on a node that has been shut down meanwhile: there nothing begins.
    @usableFromInline static func began(_ cell: ProcessCell) -> Bool {
        cell.nodeRef._withUnsafeGuaranteedRef { node in
            node.began(cell)
            return !node.scheduler.isStopped
        }
    }

    /// Begins a process that is linked, watched and named already. Without the starter's task-local values; types and
    /// places are passed on as plain words, for a closure would cost allocations.
    ///
    /// - Returns: Why there is no process; nil if it runs.
    @usableFromInline static func begin(
        _ cell: ProcessCell, _ make: UnsafeMutableRawPointer, _ behavior: any StatefulBehavior.Type
    ) -> StartError.Code? {
        typealias Order = (
            behavior: any StatefulBehavior.Type, process: UnsafeMutableRawPointer, make: UnsafeMutableRawPointer,
            problem: StartError.Code?
        )
        var order: Order = (behavior, Unmanaged.passUnretained(cell).toOpaque(), make, nil)
        cell.occupyInline()
        // First that, then the look: whoever has found it by its name and killed it knows that nothing of it runs.
        if cell.has(ProcessCell.Control.dead) {
            cell.vacate()
            let reason = cell.finalReason ?? .killed
            InlineTurn.release(cell)
            return .failed(reason)
        }
        Worker.current?.pointee.inlineCell = Unmanaged.passUnretained(cell)
        withUnsafeMutablePointer(to: &order) { pointer in
            BoundValues.hidden(UnsafeMutableRawPointer(pointer)) { raw in
                let order = raw.assumingMemoryBound(to: Order.self)
                order.pointee.problem = order.pointee.behavior._beginInline(order.pointee.process, order.pointee.make)
            }
        }
        Worker.current?.pointee.inlineCell = nil
        cell.vacate()
        if order.problem == nil, !cell.has(ProcessCell.Control.dead) {
            // Only a message or a signal that has come meanwhile needs a turn.
            if cell.has(ProcessCell.Control.attention) || !cell.mailbox.goIdle() { cell.wake() }
            return nil
        }
        let problem = order.problem ?? .failed(cell.finalReason ?? .noProcess)
        InlineTurn.release(cell)
        return problem
    }
}
