extension SupervisorCell {
    func perform(_ action: SupervisionAction) {
        switch action {
        case .start(let ref, let spec): start(ref, spec)
        case .askToStop(let ref, let deadline): askToStop(ref, deadline)
        case .kill(let ref):
            if let cell = watched(ref) { cell.kill() } else { giveUpHeldStart(ref, Exit(.killed)) }
        case .wake(let alarm, let wait):
            alarms.removeValue(forKey: alarm)?.cancel()
            if wait > .zero {
                alarms[alarm] = Timers.send(SupervisorBehavior.Info.alarm(alarm), to: self, after: wait)
            } else {
                post(SupervisorBehavior.Info.alarm(alarm), tag: MessageTag.info)
            }
        case .cancel(let alarm): alarms.removeValue(forKey: alarm)?.cancel()
        case .answer(let id, let answer): requests.removeValue(forKey: id)?.send(answer)
        case .report(let event, let child, let childPID, let isOverdue):
            // Not one that had ended otherwise before the kill came.
            let isKilled = if case .shutdownError(.killed) = event { isOverdue } else { false }
            node.report(
                .other(
                    SupervisorReport(
                        supervisor: path, pid: pid, event: event, child: child.id, childPID: childPID,
                        restart: child.restart, shutdown: child.shutdown, kind: child.kind, hadToBeKilled: isKilled)))
        case .ready:
            handshake?.acknowledge()
            handshake = nil
        case .end(let ending):
            self.ending.set(ending)
            if case .failedStart(let error) = ending.cause { handshake?.problem = .failed(.error(error)) }
            die(ending.reason)
        }
    }

    private func start(_ ref: ChildRef, _ spec: ChildSpec) {
        guard let starter = spec.starter else {
            preconditionFailure("child \(spec.id) is to be started again, but is temporary")
        }
        let handshake = StartHandshake()
        let cell: ProcessCell
        do { cell = try starter.make(spec.id, under: self, handshake) } catch {
            handshake.slot.recycle()
            if let held = error as? NameHeld { return hold(ref, spec, held.holder, starter.startTimeout) }
            heldStarts[ref] = nil
            return feed(error is StartSignal ? .childIgnored(ref) : .childFailed(ref, error))
        }
        heldStarts[ref] = nil
        let start = ChildStart(ref, cell, handshake, supervisor: self)
        starts[ref] = start
        cells[ref] = cell
        refs[cell.pid] = ref
        start.watch(timeout: starter.startTimeout, isWaitedFor: waitsForStarts)
        // A supervisor killed meanwhile may have been dead before the link: then nobody has told the child.
        if has(Control.dead) { cell.kill() }
        node.launch(cell)
    }

    /// Waits until the process that has the child's name has ended.
    private func hold(_ ref: ChildRef, _ spec: ChildSpec, _ holder: ProcessCell, _ timeout: Duration?) {
        // Somebody who is not ending yet, but whose supervisor has ended, is not waited for endlessly.
        let timeout = timeout ?? (holder.isEnding ? nil : .seconds(5))
        if heldStarts[ref] == nil, let timeout {
            _ = Timers.send(SupervisorBehavior.Info.nameTimeOver(ref), to: self, after: timeout)
        }
        heldStarts[ref] = HeldStart(spec: spec, holder: holder)
        monitor(holder, as: .make(), DownHandler { (_: DownMessage) in SupervisorBehavior.Info.nameFree(ref) })
    }

    private func giveUpHeldStart(_ ref: ChildRef, _ error: any Error) {
        if heldStarts.removeValue(forKey: ref) != nil { feed(.childFailed(ref, error)) }
    }

    /// The child, monitored, so that its end is noticed even if it has unlinked itself.
    private func watched(_ ref: ChildRef) -> ProcessCell? {
        guard let cell = cells[ref] else { return nil }
        if monitors[ref] == nil {
            let monitor = MonitorRef.make()
            monitors[ref] = monitor
            if !cell.addListener(ChildWatch(ref, self), as: monitor) {
                post(SupervisorBehavior.Info.down(ref, cell.finalReason ?? .noProcess), tag: MessageTag.info)
            }
        }
        return cell
    }

    private func askToStop(_ ref: ChildRef, _ deadline: Duration?) {
        guard let cell = watched(ref) else { return giveUpHeldStart(ref, Exit(.shutdown)) }
        if let deadline, let supervisor = cell as? SupervisorCell {
            supervisor.push(SupervisorStop(.shutdown, deadline: deadline))
        } else {
            cell.receiveExit(from: pid, reason: .shutdown, throughLink: false)
        }
    }

    func take(_ info: SupervisorBehavior.Info) {
        switch info {
        case .settled(let ref): settled(ref)
        case .nameFree(let ref): if let held = heldStarts[ref] { start(ref, held.spec) }
        case .nameTimeOver(let ref):
            if let held = heldStarts[ref] {
                giveUpHeldStart(ref, StartError(.alreadyStarted(held.holder.pid), what: held.spec.id.description))
            }
        case .alarm(let alarm):
            alarms[alarm] = nil
            feed(.alarm(alarm))
        case .exit(let message):
            if let ref = refs[message.pid] {
                ended(ref, message.reason)
            } else if message.pid == pid {
                feed(.shutdown(message.reason, deadline: nil))
            }
        case .down(let ref, let reason):
            monitors[ref] = nil
            ended(ref, reason)
        case .zombieEnded(let ref): feed(.zombieEnded(ref))
        }
    }

    private func settled(_ ref: ChildRef) {
        guard let start = starts.removeValue(forKey: ref) else { return }
        let cell = start.cell
        guard let error = start.outcome() else {
            feed(.childStarted(ref, cell.pid))
            if let reason = earlyExits.removeValue(forKey: ref) { ended(ref, reason) }
            return
        }
        earlyExits[ref] = nil
        forget(ref)
        if case .timeout? = (error as? StartError)?.code {
            unlink(from: cell)
            cell.kill()
        }
        if error is StartSignal { return feed(.childIgnored(ref)) }
        let leavesZombie = isZombie(cell)
        feed(.childFailed(ref, error, leavesZombie: leavesZombie))
        if leavesZombie { tellEnd(ofZombie: cell, ref) }
    }

    private func ended(_ ref: ChildRef, _ reason: ExitReason) {
        if starts[ref] != nil {
            earlyExits[ref] = reason
            return
        }
        guard let cell = cells[ref] else { return }
        forget(ref)
        let leavesZombie = isZombie(cell)
        feed(.childExited(ref, reason, leavesZombie: leavesZombie))
        if leavesZombie { tellEnd(ofZombie: cell, ref) }
    }

    private func isZombie(_ cell: ProcessCell) -> Bool { cell.has(Control.zombie) && !cell.has(Control.released) }

    private func tellEnd(ofZombie cell: ProcessCell, _ ref: ChildRef) {
        cell.whenReleased { [self] in post(SupervisorBehavior.Info.zombieEnded(ref), tag: MessageTag.info) }
    }

    private func forget(_ ref: ChildRef) {
        guard let cell = cells.removeValue(forKey: ref) else { return }
        refs[cell.pid] = nil
        if let monitor = monitors.removeValue(forKey: ref) { cell.removeWatcher(monitor) }
    }
}

/// Tells the supervisor of the end of a child that it has asked to end. What comes after the child was forgotten is of no
/// account.
private final class ChildWatch: DownListener {
    private let ref: ChildRef
    private let supervisor: SupervisorCell

    init(_ ref: ChildRef, _ supervisor: SupervisorCell) {
        self.ref = ref
        self.supervisor = supervisor
    }

    func down(_ message: DownMessage) {
        supervisor.post(SupervisorBehavior.Info.down(ref, message.reason), tag: MessageTag.info)
    }
}

/// A child that waits for its name.
struct HeldStart {
    let spec: ChildSpec
    let holder: ProcessCell
}

extension SupervisorReport: Report {
    /// What went wrong is an error; what only took longer than it should is a warning.
    public var logLevel: String {
        switch event {
        case .startError, .childTerminated, .gaveUp: "error"
        case .shutdownError, .overlap: "warning"
        }
    }

    public var metadata: [String: String] {
        var metadata = ["otp.supervisor": supervisor, "otp.pid": pid.description, "otp.child": child.description]
        if let childPID { metadata["otp.child.pid"] = childPID.description }
        return metadata
    }
}
