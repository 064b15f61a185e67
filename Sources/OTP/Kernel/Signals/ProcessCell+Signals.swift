internal import COTPRuntime
internal import Synchronization

extension ProcessCell: DownListener, MonitorTarget {
    // MARK: links

    /// Runs `body` with both locks held, taken in the order of the PIDs.
    private static func withLocks<R>(_ a: ProcessCell, _ b: ProcessCell, _ body: () -> R) -> R {
        let (first, second) = a.pid < b.pid ? (a, b) : (b, a)
        first.guarding.lock()
        second.guarding.lock()
        defer {
            second.guarding.unlock()
            first.guarding.unlock()
        }
        return body()
    }

    /// Links the two; false if the other has ended. Linking twice is linking once; to itself is nothing.
    @usableFromInline final func link(to other: ProcessCell) -> Bool {
        if other === self { return true }
        return Self.withLocks(self, other) {
            // Of a link that still stands on this side the exit is on its way.
            if other.has(Control.closed) { return relations?.links[other.pid] != nil }
            if has(Control.closed) { return true }
            tied.links[other.pid] = other
            other.tied.links[pid] = self
            return true
        }
    }

    /// Links this process to one that has just been made, of which nobody else knows yet.
    final func link(toNew child: ProcessCell) {
        child.tied.links.addNew(pid, self)
        completeLink(toNew: child)
    }

    /// The same for one whose half of the link stands already.
    final func completeLink(toNew child: ProcessCell) {
        let isLinked = guarding.withLock { () -> Bool in
            if has(Control.closed) { return false }
            tied.links.addNew(child.pid, child)
            return true
        }
        if !isLinked { child.guarding.withLock { _ = child.relations?.links.removeValue(forKey: pid) } }
    }

    /// Whether a link to the process stands on this side.
    final func isLinked(to pid: PID) -> Bool { guarding.withLock { relations?.links[pid] != nil } }

    /// After this no exit signal of the other arrives because of the link. False if there was no link any more.
    @usableFromInline @discardableResult final func unlink(from other: ProcessCell) -> Bool {
        if other === self { return false }
        let freed = Self.withLocks(self, other) {
            (relations?.links.removeValue(forKey: other.pid), other.relations?.links.removeValue(forKey: pid))
        }
        return freed.0 != nil
    }

    /// Ends the link to a process whose start has failed, and takes back the exit message that it may have led to:
    /// whoever started it learns of the failure by other means.
    final func unlinkAndFlush(_ other: ProcessCell) {
        if unlink(from: other) || !has(Control.trapping) { return }
        guarding.withLock { _ = tied.rarely.flushedExits.insert(other.pid) }
    }

    /// Whether an exit message was taken back before it was handled.
    final func isFlushed(_ exit: ExitMessage) -> Bool {
        guarding.withLock { relations?.rare?.flushedExits.remove(exit.pid) != nil }
    }

    // MARK: monitors

    /// Watches the other; if it has ended the DOWN comes at once.
    final func monitor(_ other: any MonitorTarget, as ref: MonitorRef) {
        guarding.withLock { tied.monitoring[ref] = other }
        guard other.addListener(self, as: ref) else {
            down(DownMessage(monitor: ref, pid: other.pid, reason: .noProcess))
            return
        }
        // Killed meanwhile, and its monitors closed before this one stood: then nobody else takes it back.
        if has(Control.closed) { other.removeWatcher(ref) }
    }

    /// True if no DOWN has been or will be put into the mailbox for `ref`.
    final func demonitor(_ ref: MonitorRef) -> Bool {
        let target = guarding.withLock { () -> (any MonitorTarget)? in
            if let alias = relations?.rare?.monitorAliases.removeValue(forKey: ref) { alias.deactivate() }
            return relations?.monitoring.removeValue(forKey: ref)
        }
        guard let target else { return false }
        target.removeWatcher(ref)
        return true
    }

    final func removeWatcher(_ ref: MonitorRef) {
        let freed = guarding.withLock { relations?.watchers.removeValue(forKey: ref) }
        _ = freed
    }

    /// Watches on behalf of something that is no process; false if it has ended.
    final func addListener(_ listener: any DownListener, as ref: MonitorRef) -> Bool {
        guarding.withLock {
            if has(Control.closed) { return false }
            tied.watchers[ref] = listener
            return true
        }
    }

    final func down(_ message: DownMessage) {
        guarding.withLock {
            guard relations?.monitoring.removeValue(forKey: message.monitor) != nil else { return }
            if let alias = relations?.rare?.monitorAliases.removeValue(forKey: message.monitor) { alias.deactivate() }
            // Pushed with the lock held: once `demonitor` has returned, nothing comes any more.
            push(DownSignal(message))
        }
    }

    // MARK: exit signals

    /// The exit of a linked process: a signal only if the link still stands.
    final func linkBroke(_ other: PID, reason: ExitReason) {
        let ends =
            reason.isNormal
            && guarding.withLock { relations?.followed == other && relations?.links[other] != nil }
        receiveExit(from: other, reason: reason, throughLink: true)
        if ends { receiveExit(from: other, reason: .shutdown, throughLink: false) }
    }

    /// From now on this process is asked to end when the other ends normally while the two are linked: with any other
    /// reason the link alone sees to that.
    final func follow(_ other: PID) { guarding.withLock { tied.followed = other } }

    /// An exit signal. Erlang: `exit/2` and the signals of links.
    ///
    /// - Parameter stopsTrapper: Whether one that traps exits is to end as if it had been stopped.
    final func receiveExit(from sender: PID, reason: ExitReason, throughLink: Bool, stopsTrapper: Bool = false) {
        var ends = false
        guarding.withLock {
            if throughLink, relations?.links.removeValue(forKey: sender) == nil { return }
            if has(Control.dead) { return }
            if has(Control.trapping) {
                push(stopsTrapper ? StopRequest(reason: reason) : ExitNotice(ExitMessage(pid: sender, reason: reason)))
            } else if !reason.isNormal || sender == pid, !has(Control.exitPending | Control.ending) {
                // The first signal decides; later ones change nothing.
                if exitReason == nil { exitReason = reason }
                set(Control.exitPending)
                ends = true
            }
        }
        if ends {
            cancelRunning(evenTerminating: false)
            nudge()
        }
    }

    /// Ends the process at once. Erlang: `exit(Pid, kill)`.
    final func kill() {
        guard declareDead(.killed) else { return }
        cancelRunning(evenTerminating: true)
        if mailbox.claimIdle() { wake() } else { push(SystemMessage.nudge) }
    }

    // MARK: cancelling what runs

    /// Bits of `runnerWord`: 1 a canceller is at work, 2 it is done, 4 only a kill may cancel.
    private enum RunnerBit {
        static var cancelling: UInt { 1 }
        static var cancelled: UInt { 2 }
        static var terminating: UInt { 4 }
        static var all: UInt { 7 }
    }

    /// Cancels the task in which the process's code runs, and whatever that code waits for here.
    final func cancelRunning(evenTerminating: Bool) {
        while true {
            let word = runnerWord.load(ordering: .sequentiallyConsistent)
            if word == 0 || word == Self.inlineMarker || word & RunnerBit.cancelling != 0 { break }
            if word & RunnerBit.terminating != 0, !evenTerminating { return }
            guard
                runnerWord.compareExchange(
                    expected: word, desired: word | RunnerBit.cancelling, ordering: .acquiringAndReleasing
                ).exchanged
            else { continue }
            let runner = Unmanaged<Runner>.fromOpaque(UnsafeRawPointer(bitPattern: word & ~RunnerBit.all)!)
            runner._withUnsafeGuaranteedRef { $0.cancel() }
            runnerWord.bitwiseOr(RunnerBit.cancelled, ordering: .acquiringAndReleasing)
            break
        }
        failWaiting(evenTerminating ? .killed : .cancelled)
    }

    /// Fails the call in which the process's own handler waits.
    private func failWaiting(_ failure: CallFailure) {
        let bits = waitingOn.load(ordering: .acquiring)
        guard let body = UnsafeMutablePointer<CallSlot.Body>(bitPattern: bits) else { return }
        let slot = CallSlot(body: body)
        let generation = slot.generation
        // The slot may have been given to another call meanwhile: then the process no longer waits on it.
        if waitingOn.load(ordering: .sequentiallyConsistent) == bits { slot.fail(generation, failure) }
    }

    /// Stands for a runner while the process's handler runs on a caller's thread.
    @usableFromInline static var inlineMarker: UInt { 8 }

    // Whoever begins to run the process says so first and looks at its control word afterwards; whoever ends it sets
    // its control word first and looks here afterwards. All in one order: at least one of the two sees the other, so
    // that no code runs on unnoticed in a process that has been killed.

    /// The process's handler runs on a caller's thread.
    @usableFromInline final func occupyInline() {
        runnerWord.store(Self.inlineMarker, ordering: .sequentiallyConsistent)
    }

    /// The process runs in `runner` from now on.
    @usableFromInline final func occupy(_ runner: Runner, terminating: Bool = false) {
        let bits = UInt(bitPattern: Unmanaged.passUnretained(runner).toOpaque())
        runnerWord.store(terminating ? bits | RunnerBit.terminating : bits, ordering: .sequentiallyConsistent)
    }

    /// The process no longer runs in its runner: from now on nobody cancels that on its account.
    @usableFromInline final func vacate() {
        var word = runnerWord.load(ordering: .acquiring)
        var round: UInt32 = 0
        while true {
            if word & RunnerBit.cancelling != 0, word & RunnerBit.cancelled == 0 {
                round &+= 1
                otp_relax(round)
                word = runnerWord.load(ordering: .acquiring)
                continue
            }
            let (done, now) = runnerWord.compareExchange(
                expected: word, desired: 0, ordering: .acquiringAndReleasing)
            if done { return }
            word = now
        }
    }

    /// Whether the process's code is inside a runner.
    final var isRunning: Bool { runnerWord.load(ordering: .sequentiallyConsistent) != 0 }
}
