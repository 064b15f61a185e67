internal import Synchronization

extension SupervisorCell {
    /// A child runs: it is reported, if somebody wants to know. Before anybody else hears of it.
    @inline(__always) func noteStart(_ ref: ChildRef, _ cell: ProcessCell) {
        if nodeRef._withUnsafeGuaranteedRef({ $0.isProgressWanted.load(ordering: .relaxed) }) { reportStart(ref, cell) }
    }

    @inline(never) private func reportStart(_ ref: ChildRef, _ cell: ProcessCell) {
        guard !has(Control.dead), let spec = spec(of: ref) else { return }
        var report = SupervisorReport(
            supervisor: path, pid: pid, event: .started, child: spec.id, childPID: cell.pid, restart: spec.restart,
            shutdown: spec.shutdown, kind: spec.kind, hadToBeKilled: false)
        report.childNames = cell.ties.names
        node.report(.other(report))
    }

    private func spec(of ref: ChildRef) -> ChildSpec? {
        switch kind {
        case .declared: declared!.children.slot(of: ref).map { declared!.children[$0].spec }
        case .dynamic: dynamic!.slot(of: ref).map { dynamic!.children[$0].spec }
        case .none: nil
        }
    }
}
