/// What watches a process from its start. Erlang: the `debug` option of `start`.
public struct DebugOption: Sendable {
    /// What is done in the new process, before its code runs.
    let apply: @Sendable (ProcessCell) -> Void

    /// Keeps the last `count` events, for `SystemControl.log` and for a crash report. Erlang: `log`, `{log, N}`.
    public static func log(keeping count: Int = 10) -> DebugOption {
        DebugOption { cell in cell.debugging { $0.startLog(keeping: count) } }
    }

    /// Prints events, `limit` of them at most: none if that is zero or less. Erlang: `trace`.
    public static func trace(to sink: EventSink = .standardError, limit: Int? = nil) -> DebugOption {
        DebugOption { cell in cell.debugging { $0.trace(to: sink, limit: limit) } }
    }

    /// Writes events to a file as well. Erlang: `{log_to_file, FileName}`.
    public static func write(to sink: EventSink) -> DebugOption {
        DebugOption { cell in cell.debugging { $0.write(to: sink) } }
    }

    /// Counts messages. Erlang: `statistics`.
    public static var statistics: DebugOption { DebugOption { $0.beginCounting() } }

    /// Calls `body` for every event, `limit` times at most. Erlang: `{install, {Func, FuncState}}`.
    public static func install<State: Sendable>(
        _ id: DebugID, state: State, limit: Int? = nil,
        _ body: @escaping @Sendable (inout State, SystemEvent) throws -> DebugStep
    ) -> DebugOption {
        DebugOption { cell in
            var state = state
            cell.debugging { _ = $0.install(id, limit: limit) { event in try body(&state, event) } }
        }
    }
}

extension ProcessCell {
    /// Before the process begins: nobody else knows it yet.
    @usableFromInline final func watch(by options: [DebugOption]) {
        for option in options { option.apply(self) }
    }

    /// Begins to count; if it is counting, it goes on.
    final func beginCounting() {
        if has(Control.observed) { return }
        // Made once: whoever replies from elsewhere reads the reference while the bit is set.
        if traffic == nil { traffic = Traffic() }
        traffic?.begin(at: clock, seen: handledCount)
        set(Control.observed)
    }

    /// Messages that the process has been given; not those that are set aside.
    final var handledCount: UInt64 { seenCount &- UInt64(setAside) }
}
