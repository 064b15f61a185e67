internal import Synchronization

/// The synchronous start: the starter waits until the new process has said that it is ready.
///
/// Erlang: `proc_lib:start_link` and `init_ack`. Also for behaviours of the user's own.
// @unchecked because `problem` is written before the process is declared dead and read after that, `told` before the start is
// acknowledged and read after that, and `isLinked` by the starter.
@usableFromInline final class StartHandshake: @unchecked Sendable {
    @usableFromInline let slot: CallSlot
    let generation: UInt64
    /// Why there will be no process.
    @usableFromInline var problem: StartError.Code?
    /// Whether the starter is linked to the process.
    @usableFromInline var isLinked = false
    /// Whether the starter learns of no failure twice, not even of one that the process says itself: of a special process.
    /// Written by the process before it notes a problem, and read only if it has.
    var isSpecial = false
    /// What the process has to say to its starter; written before it acknowledges its start.
    @usableFromInline var told: (any Sendable)?
    /// Whether the `init` is through, and the process, which was told to end meanwhile, takes its leave. The time for its start
    /// is for that no more.
    let isTakingLeave = Atomic<Bool>(false)

    @usableFromInline init() {
        slot = .acquire()
        generation = slot.generation
    }

    /// The process is ready. Erlang: `proc_lib:init_ack/1`.
    @usableFromInline func acknowledge() {
        guard slot.claim(generation) else { return }
        slot.publish()
    }

    /// Waits for the process. Ends it if it is not ready in time.
    @usableFromInline nonisolated(nonsending) func wait(for cell: ProcessCell, timeout: Duration?)
        async throws(StartError)
    {
        slot.body.pointee.requestNumber.store(.max, ordering: .relaxed)
        slot.setServer(cell)
        await CallWait.settled(slot, timeout: timeout, node: cell.node, server: cell)
        guard slot.hasFailed else {
            slot.recycle()
            return
        }
        let failure = slot.takeFailure()
        slot.recycle()
        let what = cell.kindName
        switch failure {
        case .timeout, .cancelled, .killed:
            abandon(cell)
            let code: StartError.Code =
                switch failure {
                case .timeout: .timeout
                case .cancelled: .cancelled
                default: .killed
                }
            throw StartError(code, what: what)
        case .cycle(let pids):
            abandon(cell)
            throw StartError(.cycle(pids), what: what)
        case .exited(let reason):
            if isLinked, !isOwnFailure(of: cell) || isSpecial { CurrentProcess.cell?.hasLearnt(endOf: cell) }
            throw StartError(problem ?? .failed(reason), what: what)
        default:
            throw StartError(problem ?? .failed(.noProcess), what: what)
        }
    }

    /// Whether the process has failed by itself: what it has not said itself, somebody has done to it.
    func isOwnFailure(of cell: ProcessCell) -> Bool {
        problem != nil && !cell.has(ProcessCell.Control.exitPending)
    }

    /// The process was told to end while its `init` ran, which is through: `terminate` follows, and the starter's limit is not for
    /// that.
    @usableFromInline func initIsThrough() { isTakingLeave.store(true, ordering: .releasing) }

    /// The starter gives up: it hears nothing more of the process, not even its end.
    @usableFromInline static func abandon(_ cell: ProcessCell, isLinked: Bool, isTakingLeave: Bool = false) {
        if isLinked, let starter = CurrentProcess.cell { starter.unlinkAndFlush(cell) }
        if !isTakingLeave { cell.kill() }
    }

    private func abandon(_ cell: ProcessCell) {
        Self.abandon(cell, isLinked: isLinked, isTakingLeave: isTakingLeave.load(ordering: .acquiring))
    }
}

extension ProcessCell {
    /// A linked process has ended before it had started, and this one, which waited for it, has learnt why: if it traps exits, no
    /// message comes on top of that. Of an `init` that fails by itself one does.
    ///
    /// Erlang: `proc_lib:start_link` takes the exit message out of the mailbox, unless the new process has said first why
    /// it ends, as that of a `gen_server` does.
    @usableFromInline final func hasLearnt(endOf child: ProcessCell) {
        if has(Control.trapping) { unlinkAndFlush(child) }
    }
}
