internal import Synchronization

/// A time that no timer can be set to. Erlang: `badarg` of `timer:apply_after/2`.
public struct TimerError: Error, Sendable, CustomStringConvertible {
    /// What was asked for.
    public let time: Duration
    private let rule: String

    init(_ time: Duration, _ rule: String) {
        self.time = time
        self.rule = rule
    }

    public var description: String { "no timer can be set to \(time): \(rule)" }
}

extension Node {
    /// Starts a process after `delay`, unless the timer is cancelled before. Whoever has asked for it may have ended by then.
    /// Erlang: `timer:apply_after/2`.
    ///
    /// - Throws: ``TimerError`` if `delay` is negative.
    @discardableResult public func spawn(
        after delay: Duration, _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) throws(TimerError) -> TimerRef {
        if delay < .zero { throw TimerError(delay, "a delay is zero or more") }
        return Timers.run(after: delay, on: self) { [unowned self] in self.startTimed(body) }
    }

    /// Starts a process at each interval, at multiples of it, until the timer is cancelled. Erlang: `timer:apply_interval/2`.
    ///
    /// Inside a process, in its own code, this is a timer of that process: it ends with it, and goes by its node's clock. What
    /// has been started goes on. So it is in the process of a task (`ProcessTask`, `me.start`), which is over when its body has
    /// returned. Outside any process, and in Swift tasks that one has started, it belongs to nobody.
    ///
    /// - Parameters:
    ///   - overlapping: Whether a process that takes longer than the interval does not hold up the next. If false, that one
    ///     starts when it has ended, at once if its time has come by then, and counts its interval from there. Erlang:
    ///     `timer:apply_repeatedly/2`.
    /// - Throws: ``TimerError`` if `interval` is not more than zero.
    @discardableResult public func spawn(
        every interval: Duration, overlapping: Bool = true,
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) throws(TimerError) -> TimerRef {
        if interval <= .zero { throw TimerError(interval, "an interval is more than zero") }
        let owner = CurrentProcess.cell
        // Its end looks for timers on its own node.
        let service = (owner?.node ?? self).scheduler.timers
        let period = max(1_000, Deadline.nanoseconds(interval))
        let first = Deadline.after(interval, from: service.now)
        if overlapping {
            return ProcessTimer(service: service, owner: owner, deadline: first, repetition: .rate(period)) {
                [unowned self] timer in
                self.startTimed(body)
                _ = timer.taken()
            }.start()
        }
        let turns = SpawnTurns(first: first, period: period)
        return ProcessTimer(service: service, owner: owner, deadline: first, repetition: .delay(period)) {
            [unowned self] timer in
            self.startTimed(body, telling: SpawnTurnEnd(turns, timer))
        }.start()
    }

    /// Starts a process from the timers' thread, on behalf of nobody.
    func startTimed(
        _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void, telling listener: DownListener? = nil
    ) {
        let cell = makePlain(Never.self, options: SpawnOptions(), parent: nil, body)
        guard let listener else { return launch(cell) }
        let monitor = MonitorRef.make()
        let isHeard = cell.addListener(listener, as: monitor)
        launch(cell)
        // Found and killed by somebody before it was watched: its end has been told, and not to the timer.
        if !isHeard {
            listener.down(DownMessage(monitor: monitor, pid: cell.pid, reason: cell.finalReason ?? .noProcess))
        }
    }
}

/// When the processes of a timer start that wait for each other.
private final class SpawnTurns: Sendable {
    private let period: UInt64
    /// When the last one was due. Only one of them runs at a time.
    private let last: Atomic<UInt64>

    init(first: UInt64, period: UInt64) {
        self.period = period
        last = Atomic(first)
    }

    /// When the next one is due: at the end of the one before, if that is later.
    func next(endingAt now: UInt64) -> UInt64 {
        let due = max(now, Deadline.after(period, from: last.load(ordering: .relaxed)))
        last.store(due, ordering: .relaxed)
        return due
    }
}

/// Sets the timer anew when the process that it has started ends.
// @unchecked as its superclass: nothing of it changes.
private final class SpawnTurnEnd: DownListener, @unchecked Sendable {
    private let turns: SpawnTurns
    private let timer: ProcessTimer

    init(_ turns: SpawnTurns, _ timer: ProcessTimer) {
        self.turns = turns
        self.timer = timer
    }

    override func down(_ message: DownMessage) { timer.taken(nextAt: turns.next(endingAt: timer.service.now)) }
}
