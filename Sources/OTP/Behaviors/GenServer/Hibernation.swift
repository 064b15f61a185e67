internal import Synchronization

/// When a server gives its buffers back by itself. Erlang: the option `hibernate_after`.
@usableFromInline struct Hibernation {
    let after: Duration
    /// When it is due unless something comes; 0: not at all.
    var deadline: UInt64 = 0
    /// The deadline of the timer that runs.
    var armed: UInt64 = .max
    /// How many messages had been seen when the deadline was last set: without a new one it stands.
    var seen: UInt64 = .max

    init(after: Duration) { self.after = after }
}

extension ServerCell {
    /// The server has nothing to do: from now on the time runs.
    @usableFromInline func awaitHibernation() {
        guard hibernation.unsafelyUnwrapped.seen != seenCount else { return }
        hibernation!.seen = seenCount
        let timers = node.scheduler.timers
        let deadline = Deadline.after(hibernation.unsafelyUnwrapped.after, from: timers.now)
        hibernation!.deadline = deadline
        armHibernation(deadline)
    }

    /// The same after a message that never was in the mailbox.
    @usableFromInline func awaitHibernationAnew() {
        hibernation!.seen = .max
        awaitHibernation()
    }

    private func armHibernation(_ deadline: UInt64) {
        guard hibernation!.armed == .max else { return }
        hibernation!.armed = deadline
        ProcessTimer(service: node.scheduler.timers, owner: self, deadline: deadline, repetition: .once) {
            [unowned(unsafe) self] _ in
            push(Errand { unsafeDowncast($0, to: ServerCell<Server>.self).hibernationTimerCame() })
        }.start()
    }

    private func hibernationTimerCame() {
        hibernation!.armed = .max
        let deadline = hibernation!.deadline
        if deadline > node.scheduler.timers.now { return armHibernation(deadline) }
        hibernate()
    }

    /// Gives back what memory can be given back while the process waits. A mailbox at rest has no buffer anyway.
    func hibernate() {
        hibernations += 1
        if deferred.isEmpty { deferred = Deferred() }
        if downHandlers.isEmpty { downHandlers = [:] }
        compactRelations()
    }
}

extension ProcessCell {
    /// Gives back the tables of relations that are not used.
    fileprivate func compactRelations() {
        let freed = guarding.withLock { () -> Relations? in
            guard let relations, relations.isEmpty else { return nil }
            self.relations = nil
            return relations
        }
        _ = freed
    }
}

extension Relations {
    fileprivate var isEmpty: Bool {
        links.isEmpty && watchers.isEmpty && monitoring.isEmpty && monitorAliases.isEmpty && timers.isEmpty
            && names.isEmpty && resources.isEmpty && releaseListeners.isEmpty && flushedExits.isEmpty && label == nil
            && lineage == nil
    }
}
