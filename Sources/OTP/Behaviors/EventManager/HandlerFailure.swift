/// Why something that was asked of a manager failed: as whoever asked is told, and as it may be shown.
@usableFromInline struct HandlerFailure: Error {
    let error: EventHandlerError
    let shown: EventHandlerError

    @usableFromInline init(_ error: EventHandlerError, shown: EventHandlerError) {
        self.error = error
        self.shown = shown
    }
}
