/// What may be shown of the events of one manager, of its other messages and of what stands in its log, wherever it shows
/// them; nil: what they print.
@usableFromInline final class EventFormat<Event: Sendable>: Sendable {
    let event: (@Sendable (Event) -> String)?
    let info: (@Sendable (any Sendable) -> String)?
    let log: (@Sendable (SystemEvent) -> SystemEvent)?

    init(
        event: (@Sendable (Event) -> String)?, info: (@Sendable (any Sendable) -> String)?,
        log: (@Sendable (SystemEvent) -> SystemEvent)?
    ) {
        self.event = event
        self.info = info
        self.log = log
    }

    /// Lets the manager's process show its messages so, from before it can be sent any.
    var option: DebugOption {
        DebugOption { [event, info, log] cell in
            guard let cell = cell as? BehaviorCell<EventManagerServer<Event>> else { return }
            cell.ownRedaction = log
            if event == nil, info == nil { return }
            cell.ownFormat = { message in
                switch message {
                case .cast(.notify(let what)): return event.map { "cast notify \($0(what))" }
                case .cast(.info(let what)): return info.map { "cast info \($0(what))" }
                case .info(.message(let what)): return info.map { "info message(\($0(what)))" }
                case .info(.exit(let exit)): return info.map { "info exit(\($0(exit)))" }
                case .call(let call):
                    guard let event, case .notify(let what, _) = call.kind else { return nil }
                    return "call syncNotify \(event(what))"
                case .notice(let notice):
                    guard let info, let exit = (notice as? ExitNotice)?.message else { return nil }
                    return info(exit)
                }
            }
        }
    }
}
