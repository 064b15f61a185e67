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
    /// name when the time comes. In a registry of one's own (``NameRegistry``), or by an address of a type of one's
    /// own, the process is looked up by one that is started for that: what is cancelled during the look-up is sent all the same.
    @discardableResult public func send(_ info: Server.Info, after delay: Duration) -> TimerRef {
        if let ref = self as? ServerRef<Server> { return Timers.send(info, to: ref.cell, after: delay) }
        return found(after: delay) { $0.post(info, tag: MessageTag.info) }
    }

    /// Looks for the process after `delay`, on the node on which this is asked for.
    private func found(after delay: Duration, _ body: @escaping @Sendable (BehaviorCell<Server>) -> Void) -> TimerRef {
        let node = Node.current
        let look: @Sendable () -> Void = { if let cell = self.whereIs()?.cell { body(cell) } }
        if (self as? any PromptAddress)?.isPrompt == true {
            return Timers.run(after: delay, on: node) { node.with(look) }
        }
        // What is a user's may wait, and on the timers' thread everybody would wait with it.
        return Timers.run(after: delay, on: node) { node.startTimed { _ in look() } }
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
        if let ref = self as? ServerRef<Server> { return Timers.sendExit(signal, to: ref.cell, after: delay) }
        return found(after: delay) { Signals.exit(signal, to: $0, from: PID(node: $0.node.id, number: 0)) }
    }
}

extension ProcessRef {
    /// Sends a message after `delay`. The timer ends with the process. Erlang: `erlang:send_after/3`.
    @discardableResult public func send(_ message: Message, after delay: Duration) -> TimerRef {
        server.send(message, after: delay)
    }

    /// Sends a message at a point in time of the node's clock. Erlang: `erlang:send_after/4` with `{abs, true}`.
    @discardableResult public func send(_ message: Message, at point: Duration) -> TimerRef {
        server.send(message, at: point)
    }

    /// Sends a message at each interval, until the process ends or the timer is cancelled. Erlang: `timer:send_interval/3`.
    @discardableResult public func send(
        _ message: Message, every interval: Duration, mode: IntervalMode = .rate
    ) -> TimerRef {
        server.send(message, every: interval, mode: mode)
    }

    /// Sends an exit signal after `delay`. Erlang: `timer:exit_after/3`, `timer:kill_after/2`.
    @discardableResult public func sendExit(_ signal: ExitSignal, after delay: Duration) -> TimerRef {
        server.sendExit(signal, after: delay)
    }
}

/// An address of which the library knows how its process is found.
protocol PromptAddress {
    /// Whether finding it runs nothing that may wait.
    var isPrompt: Bool { get }
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
