internal import Synchronization

/// What a process owns while it monitors groups, and all that waits in its mailbox of that monitor knows.
@usableFromInline final class GroupStanding: ProcessResource {
    private let isOver = Atomic<Bool>(false)
    private let processEnded: @Sendable () -> Void

    init(_ processEnded: @escaping @Sendable () -> Void) { self.processEnded = processEnded }

    var hasEnded: Bool { isOver.load(ordering: .acquiring) }
    func end() { isOver.store(true, ordering: .releasing) }

    @usableFromInline package func release(_ pid: PID, reason: ExitReason) { processEnded() }
}

/// An event on its way to whoever monitors; leads to nothing if the monitor has been ended when it is taken.
// @unchecked as its superclass.
final class GroupNotice<Info>: LazyInfo<Info>, @unchecked Sendable {
    private let ref: MonitorRef
    private let standing: GroupStanding

    init(of monitor: GroupMonitor, _ standing: GroupStanding, _ make: @escaping () -> Info) {
        ref = monitor.ref
        self.standing = standing
        super.init { standing.hasEnded ? nil : make() }
    }

    override var monitor: MonitorRef? { ref }
    override var isVoid: Bool { standing.hasEnded }
}
