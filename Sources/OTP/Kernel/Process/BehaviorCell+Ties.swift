/// What a process's own code asks for through its context. Of a process that has been killed nothing takes effect any more;
/// where there is none, it is noted what was asked for.
///
/// Here and not in the context: whoever has only the cell would have to count a reference to make a context of it.
extension BehaviorCell {
    @usableFromInline final func ownMonitor(_ pid: PID, _ handler: DownHandler) -> MonitorRef {
        watching(Node.isMonitorable(pid) ? pid : nil) { monitor(pid, as: $0, handler) }
    }

    /// The same for a process that is at hand, or for none.
    final func ownMonitor(_ target: ProcessCell?, _ handler: DownHandler) -> MonitorRef {
        watching(target?.pid) { monitor(orNobody: target, as: $0, handler) }
    }

    @inline(__always) private final func watching(
        _ target: @autoclosure () -> PID?, _ watch: (MonitorRef) -> Void
    ) -> MonitorRef {
        let ref = MonitorRef.make()
        if let recorder {
            recorder.record(.monitoring(target()))
        } else if !has(Control.dead) {
            watch(ref)
        }
        return ref
    }

    @usableFromInline final func ownDemonitor(_ ref: MonitorRef, flush: Bool) -> Bool {
        if let recorder {
            recorder.record(.demonitored(ref))
            return true
        }
        if has(Control.dead) { return true }
        if case .stood = demonitor(ref, flush: flush) { return true }
        if flush { takeBackDown(ref) }
        return false
    }

    final func ownLink(to pid: PID) throws {
        if let recorder { return recorder.record(.linked(pid)) }
        if has(Control.dead) { throw CallError(.killed, pid: self.pid) }
        if link(toPID: pid) { return }
        // Already linked, and the exit is on its way: linking twice is linking once.
        if isLinked(to: pid) { return }
        guard has(Control.trapping) else { throw CallError(.noProcess, pid: pid, call: "link to \(pid)") }
        receiveExit(from: pid, reason: .noProcess)
    }

    final func ownUnlink(from pid: PID) {
        if let recorder { return recorder.record(.unlinked(pid)) }
        if !has(Control.dead) { unlink(fromPID: pid) }
    }
}
