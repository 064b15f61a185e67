internal import COTPRuntime

/// A function that makes a server's state and does not suspend. A type of its own, for the type of a function would have
/// to be looked up each time.
@usableFromInline struct PlainMake<Server: StatefulBehavior> {
    @usableFromInline let make: @Sendable (ProcessContext<Server>) throws -> Server
    @inlinable init(_ make: @escaping @Sendable (ProcessContext<Server>) throws -> Server) { self.make = make }
}

/// The parts of a start on the starter's own thread that know no types.
@usableFromInline enum InlineStart {
    /// The process that begins another one itself: `given`, or the one that runs now. Nil if it may not: it has to run on
    /// one of the node's own workers, not already on behalf of another process, and not be about to end.
    ///
    /// It runs while it does so: neither it nor what is its own is counted.
    @usableFromInline static func starter(_ given: ProcessCell?) -> Unmanaged<ProcessCell>? {
        guard let process = given.map({ .passUnretained($0) }) ?? CurrentProcess.reference,
            process._withUnsafeGuaranteedRef({
                !$0.has(ProcessCell.Control.recorded) && InlineTurn.isPossible(for: $0)
            }), !otp_is_cancelled()
        else { return nil }
        return process
    }

    /// Why it may not begin one with this name.
    @usableFromInline static func problem(
        _ starter: Unmanaged<ProcessCell>, _ name: NameError?
    ) -> StartError.Code? {
        if hasEnded(starter) { return .killed }
        return name.map { .badName($0.description) }
    }

    @usableFromInline static func hasEnded(_ starter: Unmanaged<ProcessCell>) -> Bool {
        starter._withUnsafeGuaranteedRef { $0.has(ProcessCell.Control.dead) }
    }

    @usableFromInline static func node(of starter: Unmanaged<ProcessCell>) -> Unmanaged<Node> {
        starter._withUnsafeGuaranteedRef { $0.nodeRef }
    }

    @usableFromInline static func origin(of starter: Unmanaged<ProcessCell>, obeys: Bool) -> Unmanaged<Origin> {
        starter._withUnsafeGuaranteedRef { obeys ? $0.ownLineage : $0.looseLineageRef }
    }

    @usableFromInline static func link(_ starter: Unmanaged<ProcessCell>, to cell: ProcessCell) {
        starter._withUnsafeGuaranteedRef { _ = $0.link(to: cell) }
    }

    /// Its start has failed: see ``ProcessCell/hasLearnt(endOf:)``.
    @usableFromInline static func failed(_ cell: ProcessCell, of starter: Unmanaged<ProcessCell>) {
        let isKilled = if case .killed? = cell.finalReason { true } else { false }
        guard isKilled || cell.has(ProcessCell.Control.exitPending) else { return }
        starter._withUnsafeGuaranteedRef { $0.hasLearnt(endOf: cell) }
    }

    /// From now on the process is found by its PID, and runs. False on a node that has been shut down meanwhile: there nothing
    /// begins.
    @usableFromInline static func began(_ cell: ProcessCell) -> Bool {
        // Before anybody can find it: whoever kills it knows that it runs.
        cell.occupyUnseen()
        return cell.nodeRef._withUnsafeGuaranteedRef { node in
            node.began(cell)
            return !node.schedulerRef._withUnsafeGuaranteedRef { $0.isStopped }
        }
    }

    /// It will not begin after all.
    @usableFromInline static func discard(_ cell: ProcessCell) {
        cell.vacate()
        cell.node.discard(cell)
    }

    /// Begins a process that is linked, watched and named already. Without the starter's task-local values; types and
    /// places are passed on as plain words, for a closure would cost allocations.
    ///
    /// - Parameter isOccupied: Whether it is known to run since before anybody could find it.
    /// - Returns: Why there is no process; nil if it runs.
    @usableFromInline static func begin(
        _ cell: ProcessCell, _ make: UnsafeMutableRawPointer, _ behavior: any StatefulBehavior.Type,
        isOccupied: Bool = false
    ) -> StartError.Code? {
        typealias Order = (
            behavior: any StatefulBehavior.Type, process: UnsafeMutableRawPointer, make: UnsafeMutableRawPointer,
            problem: StartError.Code?
        )
        var order: Order = (behavior, Unmanaged.passUnretained(cell).toOpaque(), make, nil)
        if !isOccupied { cell.occupyInline() }
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
        if let worker = Worker.current {
            worker.pointee.inlineCell = nil
            Worker.looksNext(worker)
        }
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
