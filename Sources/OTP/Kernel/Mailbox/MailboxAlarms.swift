internal import COTPRuntime
internal import Synchronization

/// Thresholds for mailboxes of a node; each mailbox that passes one is reported once until it is short again. Messages count
/// until they are received: also those that a selective receive has passed over, or that wait until a suspended process is
/// resumed.
public struct MailboxThresholds: Sendable {
    /// Messages in one mailbox; 0: no alarm.
    public var count: Int
    /// Messages in all mailboxes together; 0: no alarm.
    public var total: Int
    /// How long the message in front may wait; zero: no alarm.
    public var age: Duration

    /// By default one mailbox may hold 10,000 messages.
    public init(count: Int = 10_000, total: Int = 0, age: Duration = .zero) {
        self.count = count
        self.total = total
        self.age = age
    }
}

/// Looks at the mailboxes now and then and notes which have passed a threshold.
final class MailboxAlarms: Sendable {
    struct State: Sendable {
        var alarmed: Set<PID> = []
        var heads: [PID: (oldest: UInt32, since: UInt64)] = [:]
        var isTotalAlarmed = false
    }

    private let limits = LockedBox(MailboxThresholds())
    /// Held while all mailboxes are looked at.
    private let state = LockedBox(State())
    /// How often mailboxes are looked at while there is work.
    let period = LockedBox(Duration.seconds(1))
    /// When they are looked at next; zero: nobody has asked yet.
    private let due = Atomic<UInt64>(0)

    func setThresholds(_ thresholds: MailboxThresholds) { limits.set(thresholds) }
    var thresholds: MailboxThresholds { limits.get() }

    /// There is work: looks at the mailboxes if it is time to, on a thread of its own. However many processes there are,
    /// looking takes no more than a hundredth of the time.
    func tick(_ node: Node, now: UInt64) {
        let due = due.load(ordering: .relaxed)
        guard now >= due else { return }
        self.due.store(now &+ Deadline.nanoseconds(period.get()), ordering: .relaxed)
        let thresholds = thresholds
        if due == 0 || (thresholds.count <= 0 && thresholds.total <= 0 && thresholds.age <= .zero) { return }
        self.due.store(.max, ordering: .relaxed)
        let failure = otp_start_thread("otp-mailboxes", Unmanaged.passRetained(node).toOpaque()) { raw in
            let node = Unmanaged<Node>.fromOpaque(raw).takeRetainedValue()
            let begun = otp_now_ns()
            node.checkMailboxes()
            let end = otp_now_ns()
            let pause = max(Deadline.nanoseconds(node.alarms.period.get()), 100 &* (end &- begun))
            node.alarms.due.store(end &+ pause, ordering: .relaxed)
        }
        if failure != 0 {
            Unmanaged.passUnretained(node).release()
            self.due.store(now &+ Deadline.nanoseconds(period.get()), ordering: .relaxed)
        }
    }

    /// Looks at every mailbox; returns those that have newly passed a threshold, in the order of PIDs.
    func check(_ cells: [ProcessCell], now: UInt64) -> [MailboxReport] {
        let thresholds = thresholds
        // Given up after the lock: a process that ends meanwhile may be freed with what we have of it, and its state with it.
        var found: [ProcessCell] = []
        defer { withExtendedLifetime(found) {} }
        return state.withLock { state in
            var reports: [MailboxReport] = []
            func exists(_ pid: PID) -> Bool {
                guard let cell = Node.cell(pid) else { return false }
                found.append(cell)
                return true
            }
            state.alarmed = state.alarmed.filter(exists)
            state.heads = state.heads.filter { exists($0.key) }
            var total = 0
            for cell in cells {
                let count = cell.waitingCount
                total += count
                let isOver = state.isOver(cell, count, thresholds, now)
                if isOver, state.alarmed.insert(cell.pid).inserted {
                    reports.append(MailboxReport(pid: cell.pid, kind: cell.kindName, count: count))
                } else if !isOver {
                    state.alarmed.remove(cell.pid)
                }
            }
            reports.sort { $0.pid < $1.pid }
            let isTotalOver = thresholds.total > 0 && total > thresholds.total
            if isTotalOver, !state.isTotalAlarmed, let first = cells.first {
                reports.append(
                    MailboxReport(pid: PID(node: first.node.id, number: 0), kind: "all processes of node", count: total)
                )
            }
            state.isTotalAlarmed = isTotalOver
            return reports
        }
    }
}

extension MailboxAlarms.State {
    mutating func isOver(
        _ cell: ProcessCell, _ count: Int, _ thresholds: MailboxThresholds, _ now: UInt64
    ) -> Bool {
        if thresholds.count > 0, count > thresholds.count { return true }
        guard thresholds.age > .zero, count > 0 else {
            heads[cell.pid] = nil
            return false
        }
        let oldest = cell.oldest
        guard let head = heads[cell.pid], head.oldest == oldest else {
            heads[cell.pid] = (oldest, now)
            return false
        }
        // Another look may have begun later and come first.
        return now > head.since && now - head.since > Deadline.nanoseconds(thresholds.age)
    }
}

extension Node {
    /// When mailboxes are reported. Checked by ``checkMailboxes()`` and, on a node with threads, every second while
    /// there is work (less often if there are so many processes that looking takes a while).
    public var mailboxThresholds: MailboxThresholds {
        get { alarms.thresholds }
        set { alarms.setThresholds(newValue) }
    }

    /// The bound that new processes get unless they bring their own; nil: none, as in Erlang.
    public var mailboxBound: MailboxBound? {
        get { defaultBound.get() }
        set { defaultBound.set(newValue) }
    }

    /// Looks at every mailbox now and reports those that have passed a threshold since.
    @discardableResult public func checkMailboxes() -> [MailboxReport] {
        let reports = alarms.check(table.unsorted, now: scheduler.timers.now)
        for report in reports { self.report(.mailbox(report)) }
        return reports
    }
}
