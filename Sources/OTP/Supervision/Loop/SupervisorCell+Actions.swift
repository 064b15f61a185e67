extension SupervisorCell {
    func perform(_ action: consuming SupervisionAction) {
        switch consume action {
        case .start(let ref, let spec): start(ref, spec)
        case .askToStop(let ref, let deadline): askToStop(ref, deadline)
        case .kill(let ref):
            if let cell = watched(ref) { cell.kill() } else { giveUpHeldStart(ref, Exit(.killed)) }
        case .wake(let alarm, let wait):
            cancel(alarm)
            if wait > .zero {
                newAlarms.append((alarm, wait))
            } else {
                post(SupervisorBehavior.Info.alarm(alarm), tag: MessageTag.info)
            }
        case .cancel(let alarm): cancel(alarm)
        case .answer(let id, let answer): self.answer(id, answer)
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
            if case .failedStart(let error) = ending.cause { note(.failed(.error(error)), handshake) }
            die(ending.reason)
        }
    }

    private func answer(_ id: SupervisionRequestID, _ answer: SupervisionAnswer) {
        var answer = answer
        // With the process itself, where it is known: whoever asked need not look for it.
        if case .pid(let pid?) = answer, let ref = children.ref(of: pid), let cell = children[ref].cell {
            if let value = told.take() { answer = .told(cell, value) } else { answer = .process(cell) }
        }
        if let reply = requests.removeValue(forKey: NumberKey(id)) { reply.send(answer) } else { keep(answer, for: id) }
    }

    private func cancel(_ alarm: SupervisionAlarm) {
        if !newAlarms.isEmpty { newAlarms.removeAll { $0.alarm == alarm } }
        if !alarms.isEmpty { alarms.removeValue(forKey: alarm)?.cancel() }
    }

    func setAlarms() {
        for (alarm, wait) in newAlarms {
            alarms[alarm] = Timers.send(SupervisorBehavior.Info.alarm(alarm), to: self, after: wait)
        }
        newAlarms.removeAll(keepingCapacity: newAlarms.count < 64)
    }

    private func start(_ ref: ChildRef, _ spec: ChildSpec) {
        guard let starting = spec.starting else {
            preconditionFailure("child \(spec.id) is to be started again, but is temporary")
        }
        if starting.starter.beginsInline, InlineTurn.isOnWorker(of: self) {
            begin(ref, spec, starting)
        } else {
            start(ref, spec, starting.starter)
        }
    }

    /// Makes the process, which begins when the supervisor is free again, on the thread that runs it now.
    private func begin(_ ref: ChildRef, _ spec: ChildSpec, _ starting: ChildStarting) {
        do {
            errands.append(.begin(ref, try makeChild(ref, spec, starting), starting))
        } catch { hasNotMade(ref, spec, starting.starter, error) }
    }

    /// Makes the process of a child that somebody is to begin.
    func makeChild(_ ref: ChildRef, _ spec: ChildSpec, _ starting: ChildStarting) throws -> ProcessCell {
        let cell = try starting.starter.make(spec, under: self, nil)
        children.insert(ref, LiveChild(life: ref.life, cell: cell, isBeginning: true))
        if has(Control.dead) { cell.kill() }
        return cell
    }

    private func start(_ ref: ChildRef, _ spec: ChildSpec, _ starter: any ChildStarter) {
        let handshake = StartHandshake()
        let cell: ProcessCell
        do { cell = try starter.make(spec, under: self, handshake) } catch {
            handshake.slot.recycle()
            return hasNotMade(ref, spec, starter, error)
        }
        let start = ChildStart(ref, cell, handshake, supervisor: self)
        children.insert(ref, LiveChild(life: ref.life, cell: cell, start: start))
        start.watch(timeout: starter.startTimeout, isWaitedFor: waitsForStarts)
        // A supervisor killed meanwhile may have been dead before the link: then nobody has told the child.
        if has(Control.dead) { cell.kill() }
        node.launch(cell)
    }

    func hasNotMade(_ ref: ChildRef, _ spec: ChildSpec, _ starter: any ChildStarter, _ error: any Error) {
        if let held = error as? NameHeld { return hold(ref, spec, held.holder, starter.startTimeout) }
        children.remove(ref)
        // Nothing of the child has run yet: it is its own name that is taken, not one of which its `init` speaks.
        if let error = error as? StartError, case .alreadyStarted(let holder) = error.code {
            return feed(.nameTaken(ref, error, by: holder))
        }
        feed(error is StartSignal ? .childIgnored(ref) : .childFailed(ref, error))
    }

    /// Waits until the process that has the child's name has ended.
    private func hold(_ ref: ChildRef, _ spec: ChildSpec, _ holder: ProcessCell, _ timeout: Duration?) {
        // Somebody who is not ending yet, but whose supervisor has ended, is not waited for endlessly.
        let timeout = timeout ?? (holder.isEnding ? nil : .seconds(5))
        if children[ref].held == nil, let timeout {
            _ = Timers.send(SupervisorBehavior.Info.nameTimeOver(ref), to: self, after: timeout)
        }
        children.insert(ref, LiveChild(life: ref.life, held: HeldStart(spec: spec, holder: holder)))
        monitor(holder, as: .make(), DownHandler { (_: DownMessage) in SupervisorBehavior.Info.nameFree(ref) })
    }

    private func giveUpHeldStart(_ ref: ChildRef, _ error: any Error) {
        if children[ref].held != nil {
            children.remove(ref)
            feed(.childFailed(ref, error))
        }
    }

    /// The child, monitored, so that its end is noticed even if it has unlinked itself.
    private func watched(_ ref: ChildRef) -> ProcessCell? {
        guard let cell = children[ref].cell else { return nil }
        if children[ref].monitor == nil {
            let monitor = MonitorRef.make()
            children.change(ref) { $0.monitor = monitor }
            if !cell.addListener(ChildWatch(ref, self), as: monitor) {
                post(SupervisorBehavior.Info.down(ref, cell.finalReason ?? .noProcess), tag: MessageTag.info)
            }
        }
        return cell
    }

    private func askToStop(_ ref: ChildRef, _ deadline: Duration?) {
        if endedAtOnce(ref) { return }
        guard let cell = watched(ref) else { return giveUpHeldStart(ref, Exit(.shutdown)) }
        if let deadline, let supervisor = cell as? SupervisorCell {
            supervisor.push(SupervisorStop(.shutdown, deadline: deadline))
        } else {
            cell.receiveExit(from: pid, reason: .shutdown)
        }
    }

    /// Ends a child that is idle and has nothing to do before its end; its state is freed when the supervisor is free again.
    private func endedAtOnce(_ ref: ChildRef) -> Bool {
        guard endsAtOnce > 0, !children[ref].isStarting, let cell = children[ref].cell,
            let reason = InlineTurn.endChild(cell, of: self, .shutdown)
        else { return false }
        endsAtOnce -= 1
        errands.append(.release(cell))
        ended(ref, reason)
        return true
    }

    func take(_ info: SupervisorBehavior.Info) {
        switch info {
        case .settled(let ref): settled(ref)
        case .begun(let ref, let problem): begun(ref, problem)
        case .nameFree(let ref): if let held = children[ref].held { start(ref, held.spec) }
        case .nameTimeOver(let ref):
            if let held = children[ref].held {
                let holder = held.holder.pid
                let error = StartError(.alreadyStarted(holder), what: held.spec.id.description)
                children.remove(ref)
                feed(.nameTaken(ref, error, by: holder))
            }
        case .alarm(let alarm):
            alarms[alarm] = nil
            feed(.alarm(alarm))
        case .exit(let message): hasEnded(message)
        case .down(let ref, let reason):
            children.change(ref) { $0.monitor = nil }
            ended(ref, reason)
        case .zombieEnded(let ref): feed(.zombieEnded(ref))
        }
    }

    /// A linked process has ended, or somebody sent an exit signal.
    func hasEnded(_ message: ExitMessage) {
        if let ref = children.ref(of: message.pid) {
            ended(ref, message.reason)
        } else if message.pid == pid {
            feed(.shutdown(message.reason, deadline: nil))
        }
    }

    private func settled(_ ref: ChildRef) {
        guard let start = children[ref].start else { return }
        children.change(ref) { $0.start = nil }
        switch start.outcome() {
        case .runs(let value):
            told = value
            hasStarted(ref, start.cell)
            told = nil
        case .failed(let error): hasFailed(ref, start.cell, error)
        case .leaves:
            children.change(ref) { $0.isLeaving = true }
            if let reason = children[ref].earlyExit { ended(ref, reason) } else { _ = watched(ref) }
        }
    }

    func begun(_ ref: ChildRef, _ problem: StartError.Code?) {
        guard children[ref].isBeginning, let cell = children[ref].cell else { return }
        children.change(ref) { $0.isBeginning = false }
        guard let problem else { return hasStarted(ref, cell) }
        hasFailed(ref, cell, ChildStart.error(problem, cell))
    }

    private func hasStarted(_ ref: ChildRef, _ cell: ProcessCell) {
        noteStart(ref, cell)
        feed(.childStarted(ref, cell.pid))
        if let reason = children[ref].earlyExit { ended(ref, reason) }
    }

    private func hasFailed(_ ref: ChildRef, _ cell: ProcessCell, _ error: any Error) {
        forget(ref)
        if case .timeout? = (error as? StartError)?.code {
            unlink(from: cell)
            cell.kill()
        }
        if error is StartSignal { return feed(.childIgnored(ref)) }
        tell(endOf: cell, ref) { feed(.childFailed(ref, error, leavesZombie: $0)) }
    }

    private func ended(_ ref: ChildRef, _ reason: ExitReason) {
        guard let cell = children[ref].cell else { return }
        if children[ref].isLeaving { return hasFailed(ref, cell, ChildStart.error(.failed(reason), cell)) }
        if children[ref].isStarting {
            // Killed in an `init` that runs on: what became of that would be told only when it returns.
            if children[ref].isBeginning, case .killed = reason, !cell.hasBegun {
                children.change(ref) { $0.isBeginning = false }
                return hasFailed(ref, cell, Exit(.killed))
            }
            return children.change(ref) { $0.earlyExit = reason }
        }
        forget(ref)
        tell(endOf: cell, ref) { feed(.childExited(ref, reason, leavesZombie: $0)) }
    }

    /// Tells the machine of the end of a child's process, and whether it leaves a zombie: then of the end of that, too.
    @inline(__always) func tell(endOf cell: ProcessCell, _ ref: ChildRef, _ feed: (_ leavesZombie: Bool) -> Void) {
        let leavesZombie = cell.has(Control.zombie) && !cell.has(Control.released)
        feed(leavesZombie)
        if leavesZombie {
            cell.whenReleased { [self] in post(SupervisorBehavior.Info.zombieEnded(ref), tag: MessageTag.info) }
        }
    }

    func forget(_ ref: ChildRef) {
        if let monitor = children[ref].monitor { children[ref].cell?.removeWatcher(monitor) }
        children.remove(ref)
    }
}

/// Tells the supervisor of the end of a child that it has asked to end. What comes after the child was forgotten is of no
/// account.
// @unchecked as its superclass: nothing of it changes.
private final class ChildWatch: DownListener, @unchecked Sendable {
    private let ref: ChildRef
    private let supervisor: SupervisorCell

    init(_ ref: ChildRef, _ supervisor: SupervisorCell) {
        self.ref = ref
        self.supervisor = supervisor
    }

    override func down(_ message: DownMessage) {
        supervisor.post(SupervisorBehavior.Info.down(ref, message.reason), tag: MessageTag.info)
    }
}

/// A child that waits for its name. Behind a reference, for there is hardly ever one.
final class HeldStart {
    let spec: ChildSpec
    let holder: ProcessCell

    init(spec: ChildSpec, holder: ProcessCell) {
        self.spec = spec
        self.holder = holder
    }
}

extension SupervisorReport: Report {
    /// What went wrong is an error; a replacement that waits no longer for its predecessor is a warning; a start is
    /// information.
    public var logLevel: String {
        switch event {
        case .startError, .childTerminated, .shutdownError, .gaveUp: "error"
        case .overlap: "warning"
        case .started: "info"
        }
    }

    public var metadata: [String: String] {
        var metadata = ["otp.supervisor": supervisor, "otp.pid": pid.description, "otp.child": child.description]
        if let childPID { metadata["otp.child.pid"] = childPID.description }
        if !childNames.isEmpty { metadata["otp.child.name"] = childNames.joined(separator: ", ") }
        return metadata
    }
}
