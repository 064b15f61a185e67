/// Where an event stands that could not be handled to its end where it was begun: a handler has asked for something, or may
/// suspend. An object, so that what may hold one is small.
@usableFromInline final class EventRest<Event: Sendable>: Sendable {
    let event: Event
    /// Those that there were when it came, and their numbers.
    let handlers: [AnyHandler<Event>]
    let numbers: [UInt64]
    /// How many had been taken away when it came.
    let removals: Int
    /// Whose turn it is.
    let index: Int
    /// What that one has asked for; nil: it has not been told yet.
    let outcome: HandlerOutcome<Event>?

    @usableFromInline init(
        event: Event, handlers: [AnyHandler<Event>], numbers: [UInt64], removals: Int, index: Int,
        outcome: HandlerOutcome<Event>?
    ) {
        self.event = event
        self.handlers = handlers
        self.numbers = numbers
        self.removals = removals
        self.index = index
        self.outcome = outcome
    }
}
