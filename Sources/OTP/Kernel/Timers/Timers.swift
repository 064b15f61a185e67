/// Timers whose expiry sends a message.
@usableFromInline enum Timers {
    static func send<Info: Sendable>(_ info: Info, to cell: ProcessCell, after delay: Duration) -> TimerRef {
        send(info, to: cell, at: cell.deadline(after: delay))
    }

    /// Inlined where the type of the message is known: no type is looked up then.
    @inlinable static func send<Info: Sendable>(_ info: Info, to cell: ProcessCell, at deadline: UInt64) -> TimerRef {
        if let words = PlainWords(info) { return cell.sendPlain(words.first, words.second, at: deadline) }
        return cell.send(KeptInfo(info), at: deadline)
    }

    static func send<Info: Sendable>(
        _ info: Info, to cell: ProcessCell, every interval: Duration, mode: IntervalMode
    ) -> TimerRef {
        let service = cell.node.scheduler.timers
        let period = max(1_000, Deadline.nanoseconds(interval))
        let timer = ProcessTimer(
            service: service, owner: cell, deadline: Deadline.after(period, from: service.now),
            repetition: mode == .rate ? .rate(period) : .delay(period)
        ) { [unowned(unsafe) cell] timer in
            cell.push(TickInfo(info, timer))
        }
        return timer.start()
    }

    /// Runs `body` on the timer's thread after `delay`: for the library's own short actions.
    @discardableResult static func run(
        after delay: Duration, on node: Node, _ body: @escaping @Sendable () -> Void
    ) -> TimerRef {
        let service = node.scheduler.timers
        let timer = ProcessTimer(
            service: service, owner: nil, deadline: Deadline.after(delay, from: service.now), repetition: .once
        ) { _ in body() }
        return timer.start()
    }
}

extension ServerAddress {
    /// Sends a message after `delay` to the process that the address means *then*. Erlang: `erlang:send_after/3`.
    ///
    /// For a reference the timer ends with the process; for a name it does not, and nothing happens if nobody has the
    /// name when the time comes.
    @discardableResult public func send(_ info: Server.Info, after delay: Duration) -> TimerRef {
        if let ref = self as? ServerRef<Server> { return Timers.send(info, to: ref.cell, after: delay) }
        let node = Node.current
        return Timers.run(after: delay, on: node) { node.with { self.send(info) } }
    }

    /// Sends a message at a point in time of the node's clock to the process that the address means then.
    /// Erlang: `erlang:send_after/4` with `{abs, true}`.
    @discardableResult public func send(_ info: Server.Info, at point: Duration) -> TimerRef {
        send(info, after: point - (whereIs()?.cell.node ?? .current).now)
    }

    /// Sends a message to the process at each interval, until it ends or the timer is cancelled.
    /// Erlang: `timer:send_interval/3`.
    @discardableResult public func send(
        _ info: Server.Info, every interval: Duration, mode: IntervalMode = .rate
    ) -> TimerRef {
        guard let cell = whereIs()?.cell else { return .none }
        return Timers.send(info, to: cell, every: interval, mode: mode)
    }

    /// Sends an exit signal after `delay` to the process that the address means then.
    /// Erlang: `timer:exit_after/3`, `timer:kill_after/2`.
    @discardableResult public func sendExit(_ signal: ExitSignal, after delay: Duration) -> TimerRef {
        let node = Node.current
        return Timers.run(after: delay, on: node) { node.with { self.sendExit(signal) } }
    }
}

/// One tick of an interval.
// @unchecked as its superclass.
final class TickInfo<Info: Sendable>: ShownInfo<Info>, @unchecked Sendable {
    let timer: ProcessTimer
    override var isVoid: Bool { !timer.isPending }

    init(_ info: Info, _ timer: ProcessTimer) {
        self.timer = timer
        super.init(info) { timer.taken() ? info : nil }
    }
}
