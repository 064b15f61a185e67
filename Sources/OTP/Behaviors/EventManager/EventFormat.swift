/// What may be shown of the events of one manager, wherever it shows them.
@usableFromInline final class EventFormat<Event: Sendable>: Sendable {
    let text: @Sendable (Event) -> String

    init(_ text: @escaping @Sendable (Event) -> String) { self.text = text }

    /// Lets the manager's process show its messages so, from before it can be sent any.
    var option: DebugOption {
        DebugOption { [text] cell in
            guard let cell = cell as? BehaviorCell<EventManagerServer<Event>> else { return }
            cell.ownFormat = { message in
                switch message {
                case .cast(.notify(let event)): return "cast notify \(text(event))"
                case .call(let call):
                    guard case .notify(let event, _) = call.kind else { return nil }
                    return "call syncNotify \(text(event))"
                default: return nil
                }
            }
        }
    }
}
