internal import COTPRuntime
internal import Synchronization

extension ProcessCell {
    /// Declares the process dead: from now on nothing of it is seen. False if it was dead already.
    ///
    /// In this order: timers and resources, names, owed replies, links and monitors. The state is freed later, by
    /// whoever runs the process.
    @usableFromInline @discardableResult final func declareDead(_ reason: ExitReason) -> Bool {
        declare(reason, unlessAsked: false) == .done
    }

    /// How a declaration of death has come out.
    enum Declaration {
        case done
        /// It was dead already.
        case wasDead
        /// It is asked to end with another reason: nothing has been done.
        case isAsked
    }

    /// The same; with `unlessAsked` not if a signal has asked the process to end, whose reason would count.
    final func declare(_ reason: ExitReason, unlessAsked: Bool) -> Declaration {
        var resources = Few<any ProcessResource>()
        var holdings: Holdings?
        var isBare = false
        var isKeyed = false
        let found = guarding.withLock { () -> Declaration in
            let now = control.load(ordering: .relaxed)
            if now & Control.dead != 0 { return .wasDead }
            if unlessAsked, now & Control.exitPending != 0 { return .isAsked }
            isBare = self.isBare
            // Of a process that is tied to nobody there is nothing to close later.
            let mark = Control.dead | Control.ending | (isBare ? Control.closed | Control.bare : 0)
            // First: whoever runs the process and sees that it is dead may look at the reason.
            exitReason = reason
            isKeyed = now & Control.keyed != 0
            if isKeyed { node.keyedEnds.begin() }
            let isListed = now & Control.listed != 0
            if isListed { node.listedEnds.begin() }
            set(mark)
            if isListed { node.listedEnds.end() }
            if !isBare, let relations {
                resources = relations.resources.takeAll()
                holdings = Holdings(takenFrom: relations)
            }
            return .done
        }
        guard found == .done else { return found }
        if isRunning, case .killed = reason {
            set(Control.zombie)
            node.zombieBegan(self)
            // Whoever runs it may have found it dead and be done with it.
            if has(Control.released) { node.zombieEnded(self) }
        }
        endTimers()
        if isBare {
            if isKeyed { node.keyedEnds.end() }
            nodeRef._withUnsafeGuaranteedRef { $0.ended(self) }
            return .done
        }
        holdings?.fail()
        resources.forEachReversed { $0.release(pid, reason: reason) }
        holdings?.names.forEach { $0.release(pid) }
        resources.forEachReversed { $0.releaseLast(pid) }
        if isKeyed { node.keyedEnds.end() }
        let ended = closeRelations(reason)
        nodeRef._withUnsafeGuaranteedRef { $0.ended(self) }
        if let ended { tell(ended, reason) }
        return .done
    }

    /// Declares the process dead, with the reason `normal`, and at once released: its code has returned, and what it had is
    /// freed. False, and nothing is done, unless it is tied to nobody and nobody has asked anything of it.
    ///
    /// The same as ``declareDead(_:)`` and ``released()`` in one step.
    final func endBare() -> Bool {
        if tiesWord.load(ordering: .relaxed) != 0 { return false }
        let isEnded = guarding.withLock { isBare && endNormally(Control.closed | Control.bare) }
        guard isEnded else { return false }
        nodeRef._withUnsafeGuaranteedRef { $0.ended(self) }
        return true
    }

    /// Declares a process dead and released of which nobody has asked anything, with the lock held; false if somebody has.
    final func endNormally(_ mark: UInt32) -> Bool {
        if control.load(ordering: .relaxed) != 0 { return false }
        // First: whoever sees that it is released may look at the reason.
        exitReason = .normal
        let ended = Control.dead | Control.ending | Control.released | mark
        if control.compareExchange(expected: 0, desired: ended, ordering: .sequentiallyConsistent).exchanged {
            return true
        }
        exitReason = nil
        return false
    }

    /// What few processes hold, and let go at their death.
    private struct Holdings {
        private var asked: [UInt: UInt64] = [:]
        let names: Few<any NameHold>

        init?(takenFrom relations: Relations) {
            if relations.rare == nil, relations.names.isEmpty { return nil }
            if let rare = relations.rare {
                asked = rare.asked
                rare.asked = [:]
            }
            names = relations.names
        }

        /// Ends the calls that it has made.
        func fail() {
            for (bits, generation) in asked {
                if let body = UnsafeMutablePointer<CallSlot.Body>(bitPattern: bits) {
                    CallSlot(body: body).fail(generation, .abandoned)
                }
            }
        }
    }

    /// Those to whom a process was tied, to be told of its end: taken out of its ties and held.
    private struct Bereaved {
        typealias Told = (ref: MonitorRef, listener: Watcher.Held)

        var monitored: TakenMonitor?
        var linked: ProcessCell?
        var told: Told?
        /// Where there are more of a kind, they are taken out one by one.
        var more: Relations?

        /// With the lock of the process held.
        init?(takenFrom relations: Relations) {
            let (links, watchers, monitoring) = (
                relations.links.count, relations.watchers.count, relations.monitoring.count
            )
            if links + watchers + monitoring == 0 { return nil }
            if links == 1 { linked = relations.links.takeOnly()?.value.takeUnretainedValue() }
            if watchers == 1 { told = relations.watchers.takeOnly().map { ($0.key, $0.value.held) } }
            if monitoring == 1 { monitored = relations.monitoring.takeOnly().map { relations.taken($0.key, $0.value) } }
            if !relations.links.isEmpty || !relations.watchers.isEmpty || !relations.monitoring.isEmpty {
                relations.isTelling = true
                more = relations
            }
        }
    }

    /// Fails the owed replies; from now on no tie is added.
    private func closeRelations(_ reason: ExitReason) -> Bereaved? {
        // Mostly one, or none.
        var first: (slot: CallSlot, generation: UInt64)?
        var others: [(slot: CallSlot, generation: UInt64)] = []
        // Freed without the lock: what a process has put aside may be the user's.
        var gone: Relations?
        let bereaved = guarding.withLock { () -> Bereaved? in
            set(Control.closed)
            closeDebts { slot in
                // While it is listed nobody gives the slot back, so this is the generation that waits.
                if first == nil { first = (slot, slot.generation) } else { others.append((slot, slot.generation)) }
            }
            guard let relations else { return nil }
            if let rare = relations.rare, !rare.monitorAliases.isEmpty {
                for alias in rare.monitorAliases.values { alias.deactivate() }
                rare.monitorAliases = [:]
            }
            let bereaved = Bereaved(takenFrom: relations)
            if has(Control.released), !relations.isTelling { swap(&gone, &self.relations) }
            return bereaved
        }
        letGo(gone.take())
        // Without the lock: whoever is told of the failure may turn to this process.
        if let first { first.slot.fail(first.generation, .exited(reason)) }
        for (slot, generation) in others { slot.fail(generation, .exited(reason)) }
        return bereaved
    }

    /// Tells those at the other ends of the ties, and takes the ties to this process out there.
    private func tell(_ bereaved: Bereaved, _ reason: ExitReason) {
        let more = bereaved.more
        bereaved.monitored?.end()
        if let more {
            takeEach {
                more.monitoring.keys
            } take: { ref in
                more.monitoring.removeValue(forKey: ref).map { more.taken(ref, $0) }
            } process: {
                more.monitoring[$0]?.process
            } then: {
                $0.end()
            }
        }
        bereaved.linked?.linkBroke(pid, reason: reason)
        if let more {
            takeEach {
                more.links.keys
            } take: {
                more.links.removeValue(forKey: $0)?.takeUnretainedValue()
            } process: {
                more.links[$0]
            } then: {
                $0.linkBroke(pid, reason: reason)
            }
        }
        if let only = bereaved.told { only.listener.down(DownMessage(monitor: only.ref, pid: pid, reason: reason)) }
        guard let more else { return }
        takeEach {
            more.watchers.keys
        } take: { ref in
            more.watchers.removeValue(forKey: ref).map { (ref, $0.held) }
        } process: {
            more.watchers[$0]?.process
        } then: { (told: Bereaved.Told) in
            told.listener.down(DownMessage(monitor: told.ref, pid: pid, reason: reason))
        }
        finishTelling(more)
    }

    /// One after the other is taken out under the lock, and held: until then whoever ends at the same time takes himself
    /// out. In order, so that a seeded run tells them in the same order each time.
    ///
    /// Who is told has mostly slept for long: its memory is in no cache, and waiting for that was a third of the time. It is
    /// fetched while others are told.
    private func takeEach<Key: TieKey, Held>(
        _ keys: () -> [Key], take: (Key) -> Held?, process: (Key) -> TiedProcess?, then tell: (Held) -> Void
    ) {
        var keys = guarding.withLock { keys().map(\.tieWord) }
        if keys.count <= Self.mostInOrder || schedulerRef._withUnsafeGuaranteedRef({ $0.isSeeded }) { keys.sort() }
        for index in keys.indices {
            let held = guarding.withLock { () -> Held? in
                if index + Self.ahead < keys.count {
                    otp_prefetch(process(Key(tieWord: keys[index + Self.ahead]))?.toOpaque())
                }
                return take(Key(tieWord: keys[index]))
            }
            if let held { tell(held) }
        }
    }

    /// More are told in any order, as it comes: to sort ten thousand takes as long as to tell a fifth of them.
    private static var mostInOrder: Int { 256 }

    /// So many others are told until what has been asked for is surely there.
    private static var ahead: Int { 3 }

    private func finishTelling(_ told: Relations) {
        var gone: Relations?
        guarding.withLock {
            told.isTelling = false
            if has(Control.released) { swap(&gone, &relations) }
        }
        letGo(gone.take())
    }

    /// Whoever releases a process from now on looks for those who want to be told, also if it died tied to nobody. False if
    /// it is too late for that. With the lock held.
    final func asksForRelease() -> Bool {
        if !has(Control.bare) { return true }
        return control.bitwiseAnd(~Control.bare, ordering: .acquiringAndReleasing).oldValue & Control.released == 0
    }

    /// Whether nothing is left of the process but memory of ours, so that it makes no difference to anybody else when and
    /// where that is freed. Only for whoever has run the process: he has seen its release, behind which the reason does
    /// not change.
    final var isHusk: Bool {
        let now = control.load(ordering: .acquiring)
        if now & (Control.released | Control.observed | Control.watched) != Control.released { return false }
        if case .error = exitReason { return false }
        return !keepsOthersThings
    }

    /// The process's code has returned for good and its state is freed.
    @usableFromInline final func released() {
        let before = control.bitwiseOr(Control.released, ordering: .acquiringAndReleasing).oldValue
        if before & Control.released != 0 { return }
        if before & Control.zombie != 0 { node.zombieEnded(self) }
        if before & Control.bare != 0 { return }
        // Freed without the lock, as above.
        var gone: Relations?
        let listeners = guarding.withLock { () -> [@Sendable () -> Void]? in
            let rare = relations?.rare
            // Whoever declares the death may not have told all those yet to whom the process was tied.
            if has(Control.closed), relations?.isTelling != true { swap(&gone, &relations) }
            guard let rare else { return nil }
            defer { rare.releaseListeners = [] }
            return rare.releaseListeners
        }
        letGo(gone.take())
        if let listeners { for listener in listeners { listener() } }
    }

    /// Frees what the process was tied to: where that was made, unless something of a user's may be in it.
    private func letGo(_ relations: consuming Relations?) {
        guard let gone = consume relations, gone.home != 0, gone.rare == nil,
            let worker = Worker.current(of: schedulerRef), worker.pointee.home != gone.home
        else { return }
        let home = gone.home
        Worker.giveBack(Unmanaged<AnyObject>.passRetained(gone), to: home, from: worker)
    }
}
