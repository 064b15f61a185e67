internal import COTPRuntime
internal import Synchronization

extension ProcessCell {
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

    /// Links this process to the one with that PID; false if that has ended. Linking twice is linking once; to itself is
    /// nothing.
    final func link(toPID pid: PID) -> Bool {
        if let other = pinned(pid) {
            // Of one that has been killed nothing takes effect.
            if !has(Control.closed) { other._withUnsafeGuaranteedRef { tie($0) } }
            unpin(other)
            return true
        }
        guard let other = Node.cell(pid) else { return false }
        return link(to: other)
    }

    /// The process with that PID, if it is another one of the same node that is alive: with the locks of both held, until
    /// ``unpin(_:)``. Nil if there is no such one or if somebody has one of the locks: then whoever asks goes the longer way.
    /// While its lock is held the other is not freed, so that nobody counts a reference to it: whoever declares its death has
    /// to take the lock before the table lets go of it.
    @inline(__always) private func pinned(_ pid: PID) -> TiedProcess? {
        if pid.node != self.pid.node || pid == self.pid { return nil }
        guard let other = nodeRef._withUnsafeGuaranteedRef({ $0.table.pin(pid) }) else { return nil }
        if guarding.tryLock() { return other }
        other._withUnsafeGuaranteedRef { $0.guarding.unlock() }
        return nil
    }

    @inline(__always) private func unpin(_ other: TiedProcess) {
        guarding.unlock()
        other._withUnsafeGuaranteedRef { $0.guarding.unlock() }
    }

    /// Links the two; false if the other has ended. Linking twice is linking once; to itself is nothing.
    @usableFromInline final func link(to other: ProcessCell) -> Bool {
        if other === self { return true }
        return Self.withLocks(self, other) {
            // Of a link that still stands on this side the exit is on its way.
            if other.has(Control.closed) { return relations?.links.contains(other.pid) == true }
            if !has(Control.closed) { tie(other) }
            return true
        }
    }

    /// Enters the link on both sides, whose locks are held.
    private func tie(_ other: ProcessCell) {
        withTies { if !$0.links.contains(other.pid) { $0.links.addNew(other.pid, .passUnretained(other)) } }
        other.withTies { if !$0.links.contains(pid) { $0.links.addNew(pid, .passUnretained(self)) } }
    }

    /// Links this process to one that has just been made, of which nobody else knows yet.
    final func link(toNew child: ProcessCell) {
        child.tied.links.addNew(pid, .passUnretained(self))
        completeLink(toNew: child)
    }

    /// The same for one whose half of the link stands already.
    final func completeLink(toNew child: ProcessCell) {
        let isLinked = guarding.withLock { () -> Bool in
            if has(Control.closed) { return false }
            tied.links.addNew(child.pid, .passUnretained(child))
            return true
        }
        if !isLinked { child.guarding.withLock { _ = child.relations?.links.removeValue(forKey: pid) } }
    }

    /// Whether a link to the process stands on this side.
    final func isLinked(to pid: PID) -> Bool { guarding.withLock { relations?.links.contains(pid) == true } }

    /// After this no exit signal of the process with that PID arrives because of a link.
    final func unlink(fromPID pid: PID) {
        guarding.lock()
        guard let other = withRelations({ $0.links[pid] }) ?? nil else { return guarding.unlock() }
        if other._withUnsafeGuaranteedRef({ $0.guarding.tryLock() }) {
            other._withUnsafeGuaranteedRef {
                untie($0)
                $0.guarding.unlock()
            }
            guarding.unlock()
        } else {
            let other = other.takeUnretainedValue()
            guarding.unlock()
            unlink(from: other)
        }
    }

    /// After this no exit signal of the other arrives because of the link. False if there was no link any more.
    @usableFromInline @discardableResult final func unlink(from other: ProcessCell) -> Bool {
        if other === self { return false }
        return Self.withLocks(self, other) { untie(other) }
    }

    /// Lets go of a name, and of the link that lasts as long as the process holds one there, if it holds no other.
    @usableFromInline final func letGo(_ name: any NameHold, at owner: ObjectIdentifier, linkedTo other: ProcessCell) {
        if other === self { return letGo(name) }
        Self.withLocks(self, other) {
            withRelations { $0.names.removeAll { $0 === name } }
            if heldName(at: owner) == nil { untie(other) }
        }
    }

    /// Takes the link out on both sides, whose locks are held. False if there was none on this one.
    @discardableResult private func untie(_ other: ProcessCell) -> Bool {
        _ = other.withRelations { $0.links.removeValue(forKey: pid) }
        return withRelations { $0.links.removeValue(forKey: other.pid) != nil } == true
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

    /// Watches the process with that PID; if there is none the DOWN comes at once.
    final func monitor(_ pid: PID, as ref: MonitorRef, _ handler: DownHandler) {
        if let other = pinned(pid) {
            if !has(Control.closed) { other._withUnsafeGuaranteedRef { watch($0, as: ref, handler) } }
            return unpin(other)
        }
        if let other = Node.cell(pid) {
            monitor(other, as: ref, handler)
        } else {
            monitor(CallerIdentity.of(pid), pid: pid, as: ref, handler)
        }
    }

    /// Watches the other; if it has ended the DOWN comes at once.
    final func monitor(_ other: ProcessCell, as ref: MonitorRef, _ handler: DownHandler) {
        if other === self {
            // Nobody is told of his own end.
            guarding.withLock { if !has(Control.closed) { expect(Monitoring(process: nil, handler: handler), ref) } }
            return
        }
        let isStanding = Self.withLocks(self, other) {
            if has(Control.closed) { return true }
            if other.has(Control.closed) {
                expect(Monitoring(process: nil, handler: handler), ref)
                return false
            }
            watch(other, as: ref, handler)
            return true
        }
        if !isStanding { down(DownMessage(monitor: ref, pid: other.pid, reason: .noProcess)) }
    }

    /// The same if there is anybody to watch.
    final func monitor(orNobody other: ProcessCell?, as ref: MonitorRef, _ handler: DownHandler) {
        if let other {
            monitor(other, as: ref, handler)
        } else {
            monitor(nil, pid: PID(node: pid.node, number: 0), as: ref, handler)
        }
    }

    /// Watches the caller of one call; nil: nothing at all.
    final func monitor(
        _ caller: CallerIdentity?, pid: PID, as ref: MonitorRef, _ handler: DownHandler
    ) {
        guarding.withLock {
            if has(Control.closed) { return }
            expect(Monitoring(process: nil, handler: handler), ref)
            if let caller { tied.rarely.callers[ref] = caller }
        }
        guard let caller, caller.addWatcher(self, as: ref) else {
            down(DownMessage(monitor: ref, pid: pid, reason: .noProcess))
            return
        }
        // Killed meanwhile, and its monitors closed before this one stood: then nobody else takes it back.
        if has(Control.closed) { caller.removeWatcher(ref) }
    }

    /// Enters the monitor on both sides, whose locks are held.
    @inline(__always) private func watch(_ other: ProcessCell, as ref: MonitorRef, _ handler: DownHandler) {
        other.withTies { $0.watchers.addNew(ref, Watcher(process: self)) }
        expect(Monitoring(process: other, handler: handler), ref)
    }

    @inline(__always) private func expect(_ monitoring: Monitoring, _ ref: MonitorRef) {
        withTies { $0.monitoring.addNew(ref, monitoring) }
    }

    /// What has become of a monitor that is ended.
    enum Demonitored {
        /// It stood: no DOWN has been or will be put into the mailbox.
        case stood
        /// Its DOWN has been put there, or it was no monitor of this process.
        case over
    }

    /// Ends a monitor.
    ///
    /// - Parameter flush: Whether a notice in the mailbox leads to nothing any more.
    final func demonitor(_ ref: MonitorRef, flush: Bool) -> Demonitored {
        guarding.lock()
        // Freed without the lock, as what its handler has captured is a user's.
        let found = withRelations { relations -> Monitoring? in
            if let rare = relations.rare, let alias = rare.monitorAliases.removeValue(forKey: ref) {
                alias.deactivate()
            }
            return relations.monitoring.removeValue(forKey: ref) { $0.isStanding || flush }
        }
        guard let found = found ?? nil, found.isStanding else {
            guarding.unlock()
            return .over
        }
        guard let process = found.process else {
            let caller = relations?.takeCaller(ref)
            guarding.unlock()
            caller?.removeWatcher(ref)
            return .stood
        }
        if process._withUnsafeGuaranteedRef({ $0.guarding.tryLock() }) {
            process._withUnsafeGuaranteedRef {
                _ = $0.withRelations { $0.watchers.removeValue(forKey: ref) }
                $0.guarding.unlock()
            }
            guarding.unlock()
        } else {
            let watched = process.takeUnretainedValue()
            guarding.unlock()
            watched.removeWatcher(ref)
        }
        return .stood
    }

    final func removeWatcher(_ ref: MonitorRef) {
        let freed = guarding.withLock { relations?.watchers.removeValue(forKey: ref) }
        _ = freed
    }

    /// Watches on behalf of something that is no process; false if it has ended.
    final func addListener(_ listener: DownListener, as ref: MonitorRef) -> Bool {
        guarding.withLock {
            if has(Control.closed) { return false }
            tied.watchers.addNew(ref, Watcher(listener))
            return true
        }
    }

    /// The end of somebody whom this process monitors: a notice, if the monitor still stands.
    ///
    /// When many end at once whom one process monitors, they meet at its lock. Who finds it taken puts his notice down, and whoever
    /// has the lock next delivers all that lie there: neither the lock nor what it guards goes from processor to processor for
    /// each. He waits for that all the same, for until then this process knows him by a pointer that keeps nothing alive.
    final func down(_ message: DownMessage) {
        // Made, and let go of, without the lock.
        let signal = DownSignal(message)
        if waitingDowns.load(ordering: .relaxed) == 0, guarding.tryLock() {
            deliver(signal)
            return guarding.unlock()
        }
        let added = UInt(bitPattern: Unmanaged.passUnretained(signal).toOpaque())
        var first = waitingDowns.load(ordering: .relaxed)
        while true {
            signal.next = first
            let (isAdded, found) = waitingDowns.compareExchange(
                expected: first, desired: added, ordering: .releasing)
            if isAdded { break }
            first = found
        }
        var round: UInt32 = 0
        while !signal.isThrough.load(ordering: .acquiring) {
            if guarding.tryLock() {
                deliverWaiting()
                guarding.unlock()
            } else {
                round &+= 1
                otp_relax(round)
            }
        }
        withExtendedLifetime(signal) {}
    }

    /// With the lock held. What lies there comes in the order in which it was put down.
    private func deliverWaiting() {
        var newest = waitingDowns.exchange(0, ordering: .acquiring)
        var oldest: Unmanaged<DownSignal>?
        while let signal = UnsafeRawPointer(bitPattern: newest).map(Unmanaged<DownSignal>.fromOpaque) {
            newest = signal._withUnsafeGuaranteedRef {
                let next = $0.next
                $0.next = UInt(bitPattern: oldest?.toOpaque())
                return next
            }
            oldest = signal
        }
        while let signal = oldest {
            signal._withUnsafeGuaranteedRef {
                oldest = UnsafeRawPointer(bitPattern: $0.next).map(Unmanaged<DownSignal>.fromOpaque)
                deliver($0)
                // From now on it may be gone.
                $0.isThrough.store(true, ordering: .releasing)
            }
        }
    }

    /// With the lock held: once `demonitor` has returned, nothing comes any more.
    private func deliver(_ signal: DownSignal) {
        let monitor = signal.message.monitor
        let isDue = withRelations { relations in
            guard relations.monitoring.update(monitor, { $0.fire() }) == true else { return false }
            if let rare = relations.rare {
                rare.callers[monitor] = nil
                rare.monitorAliases.removeValue(forKey: monitor)?.deactivate()
            }
            return true
        }
        if isDue == true { push(signal) }
    }

    /// Whether a notice in the mailbox leads to nothing any more.
    final func isTakenBack(_ notice: SystemMessage) -> Bool {
        switch notice {
        case let down as DownSignal: !guarding.withLock { relations?.monitoring.contains(down.message.monitor) == true }
        case let exit as ExitNotice:
            guarding.withLock { relations?.rare?.flushedExits.contains(exit.message.pid) == true }
        default: notice.isVoid
        }
    }

    /// What makes a message of a notice that has been taken from the mailbox; nil if it has been taken back.
    final func takeHandler(of monitor: MonitorRef) -> DownHandler? {
        guarding.withLock {
            defer { if waitingDowns.load(ordering: .relaxed) != 0 { deliverWaiting() } }
            return withRelations { $0.monitoring.removeValue(forKey: monitor) } ?? nil
        }?.handler
    }

    // MARK: exit signals

    /// The exit of a linked process: a signal only if the link still stands.
    final func linkBroke(_ other: PID, reason: ExitReason) {
        let ends = guarding.withLock { () -> Bool in
            let wasLinked = withRelations { $0.links.removeValue(forKey: other) != nil } == true
            guard wasLinked, !has(Control.dead) else { return false }
            // One after the other under one lock: after an unlink neither comes.
            let ends = accept(from: other, reason, stopsTrapper: false)
            guard reason.isNormal, withRelations({ $0.followed == other }) == true else { return ends }
            return accept(from: other, .shutdown, stopsTrapper: false) || ends
        }
        if ends { beginEnd() }
    }

    /// From now on this process is asked to end when the other ends normally while the two are linked: with any other
    /// reason the link alone sees to that.
    final func follow(_ other: PID) { guarding.withLock { tied.followed = other } }

    /// An exit signal. Erlang: `exit/2` and the signals of links.
    ///
    /// - Parameter stopsTrapper: Whether one that traps exits is to end as if it had been stopped.
    final func receiveExit(from sender: PID, reason: ExitReason, stopsTrapper: Bool = false) {
        let ends = guarding.withLock { !has(Control.dead) && accept(from: sender, reason, stopsTrapper: stopsTrapper) }
        if ends { beginEnd() }
    }

    /// Takes a signal, with the lock held. True if the process is to end by it.
    private func accept(from sender: PID, _ reason: ExitReason, stopsTrapper: Bool) -> Bool {
        var isNoted = false
        while true {
            let word = control.load(ordering: .sequentiallyConsistent)
            let isTrapping = word & Control.trapping != 0
            if isTrapping || reason.isNormal && sender != pid || word & (Control.exitPending | Control.ending) != 0 {
                if isNoted { exitReason = nil }
                if isTrapping {
                    push(
                        stopsTrapper
                            ? StopRequest(reason: reason) : ExitNotice(ExitMessage(pid: sender, reason: reason)))
                }
                return false
            }
            // The first signal decides; later ones change nothing.
            if exitReason == nil {
                exitReason = reason
                isNoted = true
            }
            // In one step with the look: who has begun to trap exits meanwhile, and gone on, does not end by this one.
            let (isSet, _) = control.compareExchange(
                expected: word, desired: word | Control.exitPending, ordering: .sequentiallyConsistent)
            if isSet { return true }
        }
    }

    private func beginEnd() {
        cancelRunning(evenTerminating: false)
        nudge()
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
        // The slot may have been given to another call meanwhile: then the process no longer waits on it, which is seen by
        // whoever has seen the new generation.
        let generation = body.pointee.word.load(ordering: .acquiring) >> 8
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

    /// The same for a process of which nobody else knows yet: whoever finds it later sees that it runs.
    final func occupyUnseen() { runnerWord.store(Self.inlineMarker, ordering: .relaxed) }

    /// The process runs in `runner` from now on.
    @usableFromInline final func occupy(_ runner: Runner, terminating: Bool = false) {
        let bits = UInt(bitPattern: Unmanaged.passUnretained(runner).toOpaque())
        runnerWord.store(terminating ? bits | RunnerBit.terminating : bits, ordering: .sequentiallyConsistent)
    }

    /// The process no longer runs in its runner: from now on nobody cancels that on its account.
    @usableFromInline final func vacate() {
        var word = runnerWord.load(ordering: .acquiring)
        if word == 0 { return }
        // On a caller's thread there is nothing to be cancelled, and nobody else writes here. Who kills the process at this
        // moment may take it for running still, and is not waited for: he gives it a turn in any case.
        if word == Self.inlineMarker { return runnerWord.store(0, ordering: .releasing) }
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
