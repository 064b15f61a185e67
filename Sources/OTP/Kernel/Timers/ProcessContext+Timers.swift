extension ProcessContext {
    /// Sends a message to this process itself at a point in time of its node's clock; at once if that is past.
    /// Erlang: `erlang:send_after/4` with `{abs, true}`.
    ///
    /// - Parameter point: As ``Node/now`` tells it.
    @discardableResult public func send(_ info: B.Info, at point: Duration) -> TimerRef {
        if let recorder = cell.recorder {
            recorder.record(.scheduled("\(info)", after: point))
            return .none
        }
        if isVoid { return .none }
        return Timers.send(info, to: cell, at: Deadline.nanoseconds(point))
    }

    /// Sends a message to this process itself after `delay` that tells of which timer it is: of one that was cancelled too late
    /// and set anew, the old message is known by that. Erlang: `erlang:start_timer/3`.
    ///
    /// ```swift
    /// retry = me.send(after: .seconds(1)) { .retry($0) }
    /// …
    /// case .retry(let timer) where timer == retry:
    /// ```
    ///
    /// As the ticks of an interval it finds room in a full mailbox, too.
    /// - Parameter message: Makes the message when it is taken from the mailbox; gets what this returns.
    @discardableResult public func send(
        after delay: Duration, _ message: @escaping @Sendable (TimerRef) -> B.Info
    ) -> TimerRef {
        if cell.recorder != nil { return noteScheduled(message(.none), after: delay) }
        if isVoid { return .none }
        let service = cell.node.scheduler.timers
        return ProcessTimer(service: service, owner: cell, deadline: cell.deadline(after: delay), repetition: .once) {
            [unowned(unsafe) cell] timer in
            let ref = TimerRef(timer.service, timer.index, timer.id)
            cell.push(LazyInfo<B.Info> { message(ref) })
        }.start()
    }

    /// Sends an exit signal to this process itself after `delay`: as from another process, so that `normal` is ignored
    /// and a trapping process gets a message. The timer ends with the process.
    /// Erlang: `timer:exit_after/2`, `timer:kill_after/1`.
    @discardableResult public func sendExit(_ signal: ExitSignal, after delay: Duration) -> TimerRef {
        if let recorder = cell.recorder {
            recorder.record(.sentExit(to: pid))
            return .none
        }
        if isVoid { return .none }
        return Timers.sendExit(signal, to: cell, after: delay, endsWithIt: true)
    }

    /// Cancels a timer; what was left of it arrives as a message, in order with the answers of other such requests.
    /// Erlang: `erlang:cancel_timer/2` with `{async, true}`.
    ///
    /// - Parameter message: Gets the time that was left, nil if the timer had fired or been cancelled.
    public func cancel(_ timer: TimerRef, then message: (Duration?) -> B.Info) { send(message(timer.cancel())) }

    /// Asks for the time left of a timer; it arrives as a message. Erlang: `erlang:read_timer/2` with `{async, true}`.
    ///
    /// - Parameter message: Gets the time left, nil if the timer has fired or was cancelled.
    public func read(_ timer: TimerRef, then message: (Duration?) -> B.Info) { send(message(timer.remaining)) }

    /// Waits for `duration` by the node's clock. Messages stay where they are; a handler that sleeps keeps its process
    /// from handling them. A negative duration counts as zero. Erlang: `timer:sleep/1`.
    ///
    /// - Throws: `CancellationError` when the process is asked to end meanwhile, ``CallError`` with code `.killed` when
    ///   it is killed.
    public nonisolated(nonsending) func sleep(for duration: Duration) async throws {
        if cell.notes(.slept(duration)) { return }
        try checkAlive()
        let slot = CallSlot.acquire()
        await CallWait.settled(slot, timeout: duration, node: node)
        let failure = slot.takeFailure()
        slot.recycle()
        switch failure {
        case .timeout: return
        case .killed: throw CallError(.killed, pid: pid, call: "sleep")
        default: throw CancellationError()
        }
    }
}

extension Timers {
    /// An exit signal from nobody in particular.
    ///
    /// - Parameter isOwn: Whether it is the process's own timer, of which its end leaves nothing.
    static func sendExit(
        _ signal: ExitSignal, to cell: ProcessCell, after delay: Duration, endsWithIt isOwn: Bool = false
    ) -> TimerRef {
        let service = cell.node.scheduler.timers
        let timer = ProcessTimer(
            service: service, owner: isOwn ? cell : nil, deadline: Deadline.after(delay, from: service.now),
            repetition: .once
        ) { [weak cell] _ in
            if let cell { Signals.exit(signal, to: cell, from: PID(node: cell.node.id, number: 0)) }
        }
        return timer.start()
    }
}

extension Node {
    /// Sends an exit signal after `delay` to a process of this node; nothing happens if it has ended by then.
    /// Erlang: `timer:exit_after/3`, `timer:kill_after/2`.
    @discardableResult public func sendExit(_ signal: ExitSignal, to pid: PID, after delay: Duration) -> TimerRef {
        guard let cell = Node.cell(pid) else { return .none }
        return Timers.sendExit(signal, to: cell, after: delay)
    }
}

extension Duration {
    /// So many minutes. Erlang: `timer:minutes/1`.
    public static func minutes(_ count: Int64) -> Duration { .seconds(60) * count }

    /// So many hours. Erlang: `timer:hours/1`.
    public static func hours(_ count: Int64) -> Duration { .seconds(3600) * count }

    /// Hours, minutes and seconds together. Erlang: `timer:hms/3`.
    public static func time(hours: Int64 = 0, minutes: Int64 = 0, seconds: Int64 = 0) -> Duration {
        .hours(hours) + .minutes(minutes) + .seconds(seconds)
    }
}
