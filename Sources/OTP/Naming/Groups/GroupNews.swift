/// Who is told of what happens in a scope of groups.
///
/// Told with the scope's gate closed, by whoever has joined, left or ended: so all hear the same story, in the order in
/// which it happened, an operation is told of when it returns, and nothing comes once a monitor has ended. Code of the
/// user's does not run there: the message is made of the event by the process that takes it out of its mailbox.
@usableFromInline struct GroupNews<Group: Hashable & Sendable> {
    /// In the order of their asking.
    @usableFromInline var watchers: [GroupWatcher<Group>] = []

    @usableFromInline init() {}

    @inlinable var isHeard: Bool { !watchers.isEmpty }

    /// An operation, and that each of `left` leaves again at once.
    @usableFromInline func tell(_ kind: GroupEvent<Group>.Kind, _ group: Group, _ pids: [PID], left: [PID] = []) {
        for watcher in watchers where watcher.group == nil || watcher.group == group {
            watcher.tell(GroupEvent(monitor: watcher.monitor, kind: kind, group: group, pids: pids), watcher.standing)
            for pid in left {
                watcher.tell(
                    GroupEvent(monitor: watcher.monitor, kind: .leave, group: group, pids: [pid]), watcher.standing)
            }
        }
    }

    mutating func remove(_ monitor: GroupMonitor) -> GroupWatcher<Group>? {
        watchers.firstIndex { $0.monitor == monitor }.map { watchers.remove(at: $0) }
    }
}

/// One who is told.
@usableFromInline struct GroupWatcher<Group: Hashable & Sendable>: Sendable {
    @usableFromInline typealias Tell = @Sendable (GroupEvent<Group>, GroupStanding) -> Void

    let monitor: GroupMonitor
    /// Nil means all.
    let group: Group?
    let cell: ProcessCell
    /// What its process owns, so that its end ends the monitor.
    let standing: GroupStanding
    /// Puts the event into the mailbox, and does nothing else.
    let tell: Tell
}
