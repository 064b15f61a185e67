internal import Synchronization

/// When a server gives its buffers back by itself, and how often it did. Erlang: the option `hibernate_after`.
@usableFromInline final class Hibernation {
    let after: Duration?
    /// When it is due unless something comes; 0: not at all.
    var deadline: UInt64 = 0
    /// Whether a timer runs.
    var isArmed = false
    /// How many messages had been seen when the deadline was last set: without a new one it stands.
    var seen: UInt64 = .max
    /// How often buffers have been given back. Anybody may look.
    let count = Atomic<Int>(0)

    /// - Parameter after: How long nothing has to have come; nil: only when a handler asks for it.
    @usableFromInline init(after: Duration?) { self.after = after }
}

extension BehaviorCell {
    /// The process has nothing to do: from now on the time runs.
    @usableFromInline final func awaitHibernation() {
        guard let hibernation, let after = hibernation.after, hibernation.seen != seenCount else { return }
        hibernation.seen = seenCount
        hibernation.deadline = Deadline.after(after, from: clock)
        if !hibernation.isArmed { arm(hibernation) }
    }

    /// The same after a message that never was in the mailbox.
    @usableFromInline final func awaitHibernationAnew() {
        hibernation?.seen = .max
        awaitHibernation()
    }

    private func arm(_ hibernation: Hibernation) {
        hibernation.isArmed = true
        let timers = node.scheduler.timers
        ProcessTimer(service: timers, owner: self, deadline: hibernation.deadline, repetition: .once) {
            [unowned(unsafe) self] _ in
            push(Errand { unsafeDowncast($0, to: BehaviorCell<B>.self).hibernationTimerCame() })
        }.start()
    }

    private func hibernationTimerCame() {
        guard let hibernation else { return }
        hibernation.isArmed = false
        if hibernation.deadline > clock { arm(hibernation) } else { hibernate() }
    }

    /// Gives back what memory can be given back while the process waits. A mailbox at rest has no buffer anyway.
    @usableFromInline final func hibernate() {
        if hibernation == nil { hibernation = Hibernation(after: nil) }
        hibernation?.count.add(1, ordering: .relaxed)
        if deferred.isEmpty { freeDeferred() }
        compactRelations()
    }
}

extension ProcessCell {
    /// Gives back the tables of relations that are not used.
    fileprivate final func compactRelations() {
        let freed = guarding.withLock { () -> Relations? in
            guard let relations, relations.isEmpty else { return nil }
            self.relations = nil
            return relations
        }
        _ = freed
    }
}

extension Relations {
    /// Whether nothing is in it but what can be made anew.
    fileprivate var isEmpty: Bool {
        links.isEmpty && watchers.isEmpty && monitoring.isEmpty && names.isEmpty && resources.isEmpty
            && followed == nil && rare?.isEmpty != false
    }
}

extension RareRelations {
    fileprivate var isEmpty: Bool {
        monitorAliases.isEmpty && asked.isEmpty && releaseListeners.isEmpty && flushedExits.isEmpty
            && label == nil && locals.isEmpty
    }
}
