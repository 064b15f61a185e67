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
    /// Starts a process after `delay`, unless the timer is cancelled before. Erlang: `timer:apply_after/2`.
    ///
    /// - Throws: ``TimerError`` if `delay` is negative.
    @discardableResult public func spawn(
        after delay: Duration, _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) throws(TimerError) -> TimerRef {
        if delay < .zero { throw TimerError(delay, "a delay is zero or more") }
        return Timers.run(after: delay, on: self) { [unowned self] in self.startTimed(body) }
    }

    /// Starts a process at each interval, at multiples of it, until the timer is cancelled. A process that takes longer
    /// than the interval does not hold up the next. Erlang: `timer:apply_interval/2`.
    ///
    /// - Throws: ``TimerError`` if `interval` is not more than zero.
    @discardableResult public func spawn(
        every interval: Duration, _ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void
    ) throws(TimerError) -> TimerRef {
        if interval <= .zero { throw TimerError(interval, "an interval is more than zero") }
        let service = scheduler.timers
        let period = max(1_000, Deadline.nanoseconds(interval))
        let timer = ProcessTimer(
            service: service, owner: nil, deadline: Deadline.after(interval, from: service.now),
            repetition: .rate(period)
        ) { [unowned self] timer in
            self.startTimed(body)
            _ = timer.taken()
        }
        return timer.start()
    }

    private func startTimed(_ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void) {
        launch(makePlain(Never.self, options: SpawnOptions(), parent: nil, body))
    }
}
