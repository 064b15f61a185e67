/// A handler of whatever type, with its state; belongs to the process of its manager.
// @unchecked because it is made in the manager's process and stays there.
class AnyHandler<Event: Sendable>: @unchecked Sendable {
    nonisolated(nonsending) func handle(_ event: Event) async -> HandlerOutcome<Event> { fatalError("abstract") }
    /// Nil: it does not understand such messages.
    nonisolated(nonsending) func take(_ info: any Sendable) async -> HandlerOutcome<Event>? { fatalError("abstract") }
    nonisolated(nonsending) func terminate(_ end: HandlerEnd) async -> Result<any Sendable, any Error> {
        fatalError("abstract")
    }
    func rendered(_ context: StatusContext) -> String { fatalError("abstract") }
}

/// A handler that takes such requests.
// @unchecked as its superclass.
class CalledHandler<Event: Sendable, Call: Sendable>: AnyHandler<Event>, @unchecked Sendable {
    nonisolated(nonsending) func call(_ call: Call) async -> HandlerOutcome<Event> { fatalError("abstract") }
}

// @unchecked as its superclass.
final class TypedHandler<H: EventHandler>: CalledHandler<H.Event, H.Call>, @unchecked Sendable {
    /// Behind a pointer: a handler may suspend while it is changed.
    let state: UnsafeMutablePointer<H>

    init(_ state: consuming H) {
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: state)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    override nonisolated(nonsending) func handle(_ event: H.Event) async -> HandlerOutcome<H.Event> {
        do { return try await state.pointee.handleEvent(event).outcome } catch { return .failed(error) }
    }

    override nonisolated(nonsending) func call(_ call: H.Call) async -> HandlerOutcome<H.Event> {
        do { return try await state.pointee.handleCall(call).outcome } catch { return .failed(error) }
    }

    override nonisolated(nonsending) func take(_ info: any Sendable) async -> HandlerOutcome<H.Event>? {
        guard let info = info as? H.Info else { return nil }
        do { return try await state.pointee.handleInfo(info).outcome } catch { return .failed(error) }
    }

    override nonisolated(nonsending) func terminate(_ end: HandlerEnd) async -> Result<any Sendable, any Error> {
        do { return .success(try await state.pointee.terminate(end)) } catch { return .failure(error) }
    }

    override func rendered(_ context: StatusContext) -> String {
        do { return try state.pointee.formatStatus(context) } catch { return "\(H.self).formatStatus threw \(error)" }
    }
}
