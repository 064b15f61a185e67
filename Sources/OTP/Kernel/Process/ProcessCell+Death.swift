internal import Synchronization

extension ProcessCell {
    /// Declares the process dead: from now on nothing of it is seen. False if it was dead already.
    ///
    /// In this order: timers and resources, names, owed replies, links and monitors. The state is freed later, by
    /// whoever runs the process.
    @usableFromInline @discardableResult final func declareDead(_ reason: ExitReason) -> Bool {
        var resources = Few<any ProcessResource>()
        var holdings: Holdings?
        let isFirst = guarding.withLock { () -> Bool in
            if has(Control.dead) { return false }
            let mark = Control.dead | Control.ending
            if has(Control.listed) {
                node.listedEnds.count { set(mark) }
            } else {
                set(mark)
            }
            exitReason = reason
            if let relations {
                resources = relations.resources.takeAll()
                holdings = Holdings(takenFrom: relations)
            }
            return true
        }
        guard isFirst else { return false }
        if isRunning, case .killed = reason {
            set(Control.zombie)
            node.zombieBegan(self)
            // Whoever runs it may have found it dead and be done with it.
            if has(Control.released) { node.zombieEnded(self) }
        }
        endTimers()
        holdings?.fail()
        resources.forEachReversed { $0.release(pid, reason: reason) }
        holdings?.names.forEach { $0.release(pid) }
        let ended = closeRelations(reason)
        node.ended(self)
        if let ended { tell(ended, reason) }
        return true
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

    private struct Ties {
        var links = TieTable<PID, ProcessCell>()
        var watchers = TieTable<MonitorRef, any DownListener>()
        var monitoring = TieTable<MonitorRef, any MonitorTarget>()
    }

    /// Fails the owed replies and takes the ties out.
    private func closeRelations(_ reason: ExitReason) -> Ties? {
        // Mostly one, or none.
        var first: (slot: CallSlot, generation: UInt64)?
        var others: [(slot: CallSlot, generation: UInt64)] = []
        // Freed without the lock: what a process has put aside may be the user's.
        var gone: Relations?
        let ties = guarding.withLock { () -> Ties? in
            set(Control.closed)
            var slot = owed
            owed = nil
            while let current = slot {
                slot = current.body.pointee.next
                current.body.pointee.isListed = false
                current.body.pointee.next = nil
                current.body.pointee.previous = nil
                // While it is listed nobody gives the slot back, so this is the generation that waits.
                if first == nil {
                    first = (current, current.generation)
                } else {
                    others.append((current, current.generation))
                }
            }
            guard let relations else { return nil }
            var ties = Ties()
            if !relations.links.isEmpty { swap(&ties.links, &relations.links) }
            if !relations.watchers.isEmpty { swap(&ties.watchers, &relations.watchers) }
            if !relations.monitoring.isEmpty { swap(&ties.monitoring, &relations.monitoring) }
            if let rare = relations.rare, !rare.monitorAliases.isEmpty {
                for alias in rare.monitorAliases.values { alias.deactivate() }
                rare.monitorAliases = [:]
            }
            if has(Control.released) { swap(&gone, &self.relations) }
            return ties
        }
        // Without the lock: whoever is told of the failure may turn to this process.
        if let first { first.slot.fail(first.generation, .exited(reason)) }
        for (slot, generation) in others { slot.fail(generation, .exited(reason)) }
        return ties
    }

    private func tell(_ ties: Ties, _ reason: ExitReason) {
        ties.monitoring.forEach { ref, target in target.removeWatcher(ref) }
        // By age, so that a seeded run tells them in the same order each time.
        ties.links.forEach { _, other in other.linkBroke(pid, reason: reason) }
        ties.watchers.forEach { ref, watcher in watcher.down(DownMessage(monitor: ref, pid: pid, reason: reason)) }
    }

    /// The process's code has returned for good and its state is freed.
    @usableFromInline final func released() {
        let before = control.bitwiseOr(Control.released, ordering: .acquiringAndReleasing).oldValue
        if before & Control.released != 0 { return }
        if before & Control.zombie != 0 { node.zombieEnded(self) }
        // Freed without the lock, as above.
        var gone: Relations?
        let listeners = guarding.withLock { () -> [@Sendable () -> Void]? in
            let rare = relations?.rare
            // Whoever declares the death may not have told all those yet to whom the process was tied.
            if has(Control.closed) { swap(&gone, &relations) }
            guard let rare else { return nil }
            defer { rare.releaseListeners = [] }
            return rare.releaseListeners
        }
        if let listeners { for listener in listeners { listener() } }
    }

    // MARK: owed replies

    /// Notes that the call in `slot` waits for this process; false if the process has ended.
    final func owe(_ slot: CallSlot) -> Bool {
        guarding.withLock {
            if has(Control.closed) { return false }
            slot.body.pointee.next = owed
            slot.body.pointee.previous = nil
            slot.body.pointee.isListed = true
            owed?.body.pointee.previous = slot
            owed = slot
            return true
        }
    }

    /// The call is over.
    final func settleDebt(_ slot: CallSlot) {
        guarding.withLock {
            guard slot.body.pointee.isListed else { return }
            slot.body.pointee.isListed = false
            let next = slot.body.pointee.next
            let previous = slot.body.pointee.previous
            if let previous { previous.body.pointee.next = next } else { owed = next }
            next?.body.pointee.previous = previous
            slot.body.pointee.next = nil
            slot.body.pointee.previous = nil
        }
    }
}
