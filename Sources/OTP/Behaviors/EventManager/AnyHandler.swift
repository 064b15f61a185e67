/// A handler of whatever type, with its state; belongs to the process of its manager.
// @unchecked because it is made in the manager's process and stays there.
@usableFromInline class AnyHandler<Event: Sendable>: @unchecked Sendable {
    /// Handles an event; true if there is nothing more to be done, otherwise the second argument says what.
    ///
    /// A closure and no method, for it is written where the handler's type is known: methods of a generic class look up
    /// at run time, at every call, what they are about.
    @usableFromInline typealias Handling = nonisolated(nonsending) (Event, inout HandlerOutcome<Event>?) async -> Bool
    @usableFromInline final let handle: Handling
    /// The same of a handler that never suspends, by a call that cannot.
    @usableFromInline typealias HandlingAtOnce = (Event, inout HandlerOutcome<Event>?) -> Bool
    @usableFromInline final let handleAtOnce: HandlingAtOnce?
    @inlinable final var maySuspend: Bool { handleAtOnce == nil }

    @inlinable init(_ handle: @escaping Handling, atOnce handleAtOnce: HandlingAtOnce?) {
        self.handle = handle
        self.handleAtOnce = handleAtOnce
    }

    /// Nil: it does not understand such messages.
    nonisolated(nonsending) func take(_ info: any Sendable) async -> HandlerOutcome<Event>? { fatalError("abstract") }
    nonisolated(nonsending) func terminate(_ end: HandlerEnd) async -> Result<any Sendable, any Error> {
        fatalError("abstract")
    }
    func rendered(_ context: StatusContext) -> String { fatalError("abstract") }

    // MARK: what may be shown in the report of a failure

    func shown(_ event: Event) -> String { fatalError("abstract") }
    func shown(info: any Sendable) -> String { fatalError("abstract") }
    func shown(_ error: any Error) -> any Error { fatalError("abstract") }

    /// An event: as its manager says, or else as the handler does.
    @usableFromInline final func shown(_ event: Event, _ format: EventFormat<Event>?) -> String {
        format?.event.map { "event \($0(event))" } ?? shown(event)
    }

    /// Another message, likewise.
    final func shown(info: any Sendable, _ format: EventFormat<Event>?) -> String {
        format?.info.map { "info \($0(info))" } ?? shown(info: info)
    }
}

/// A handler that takes such requests.
// @unchecked as its superclass.
@usableFromInline class CalledHandler<Event: Sendable, Call: Sendable>: AnyHandler<Event>, @unchecked Sendable {
    @inlinable override init(_ handle: @escaping Handling, atOnce handleAtOnce: HandlingAtOnce?) {
        super.init(handle, atOnce: handleAtOnce)
    }

    nonisolated(nonsending) func call(_ call: Call) async -> HandlerOutcome<Event> { fatalError("abstract") }
    func shown(call: Call) -> String { fatalError("abstract") }
}

// @unchecked as its superclass.
@usableFromInline final class TypedHandler<H: EventHandler>: CalledHandler<H.Event, H.Call>, @unchecked Sendable {
    /// Behind a pointer: a handler may suspend while it is changed.
    @usableFromInline let state: UnsafeMutablePointer<H>

    @inlinable init(_ state: consuming H) {
        let place = UnsafeMutablePointer<H>.allocate(capacity: 1)
        place.initialize(to: state)
        self.state = place
        var atOnce: HandlingAtOnce?
        if H._isSynchronous {
            atOnce = { event, outcome in
                do {
                    let next = try H._handleAtOnce(event, &place.pointee)
                    if case .keep = next.outcome { return true }
                    outcome = next.outcome
                } catch {
                    outcome = .failed(error)
                }
                return false
            }
        }
        super.init(
            { event, outcome in
                do {
                    let next = try await place.pointee.handleEvent(event)
                    if case .keep = next.outcome { return true }
                    outcome = next.outcome
                } catch {
                    outcome = .failed(error)
                }
                return false
            }, atOnce: atOnce)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
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

    override func shown(_ event: H.Event) -> String { H.formatMessage(.event(event)) }
    override func shown(call: H.Call) -> String { H.formatMessage(.call(call)) }
    override func shown(info: any Sendable) -> String {
        (info as? H.Info).map { H.formatMessage(.info($0)) } ?? "info \(info)"
    }
    override func shown(_ error: any Error) -> any Error { H.formatReason(error) }
}
