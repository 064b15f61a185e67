/// Who is told of what happens in a scope of groups, and what has yet to be told, in its order. Decides; tells nobody.
@usableFromInline struct GroupNews<Group: Hashable & Sendable> {
    /// In the order of their asking.
    @usableFromInline var watchers: [GroupWatcher<Group>] = []
    private var waiting: [GroupNotice<Group>] = []
    /// Somebody tells, and goes on until nothing waits.
    private(set) var isBeingTold = false

    @usableFromInline init() {}

    @inlinable var isHeard: Bool { !watchers.isEmpty }

    /// Notes an operation, and that each of `left` leaves again at once. True: whoever has done it has to tell of it.
    @usableFromInline mutating func add(
        _ kind: GroupEvent<Group>.Kind, _ group: Group, _ pids: [PID], left: [PID]
    ) -> Bool {
        waiting.append(GroupNotice(watchers: watchers, kind: kind, group: group, pids: pids))
        for pid in left {
            waiting.append(GroupNotice(watchers: watchers, kind: .leave, group: group, pids: [pid]))
        }
        defer { isBeingTold = true }
        return !isBeingTold
    }

    /// What is to be told next, by whoever has been asked to; nothing: it is done.
    mutating func take() -> [GroupNotice<Group>] {
        if waiting.isEmpty { isBeingTold = false }
        defer { waiting = [] }
        return waiting
    }

    mutating func remove(_ monitor: GroupMonitor) -> GroupWatcher<Group>? {
        watchers.firstIndex { $0.monitor == monitor }.map { watchers.remove(at: $0) }
    }
}

/// One who is told.
@usableFromInline struct GroupWatcher<Group: Hashable & Sendable>: Sendable {
    @usableFromInline typealias Tell = @Sendable (GroupEvent<Group>) -> Void

    let monitor: GroupMonitor
    /// Nil means all.
    let group: Group?
    let cell: ProcessCell
    /// What its process owns, so that its end ends the monitor.
    let end: EndAction
    let tell: Tell
}

/// One operation, and who was to be told of it when it happened.
struct GroupNotice<Group: Hashable & Sendable> {
    let watchers: [GroupWatcher<Group>]
    let kind: GroupEvent<Group>.Kind
    let group: Group
    let pids: [PID]

    func tell() {
        for watcher in watchers where watcher.group == nil || watcher.group == group {
            watcher.tell(GroupEvent(monitor: watcher.monitor, kind: kind, group: group, pids: pids))
        }
    }
}
