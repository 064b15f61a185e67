internal import Synchronization

/// A server of another type that has taken over the process of a `Server`. References, names, links, monitors and the
/// mailbox are the process's and stay.
@usableFromInline class Successor<Server: GenServer> {
    var stateType: Any.Type { fatalError("abstract") }

    nonisolated(nonsending) func handle(
        _ message: ServerMessage<Server>, _ cell: ServerCell<Server>
    ) async throws -> NextStep<Server> {
        fatalError("abstract")
    }
    @usableFromInline nonisolated(nonsending) func terminate(
        _ reason: ExitReason, _ cell: ServerCell<Server>
    ) async throws {
        fatalError("abstract")
    }
    func place<State>(of type: State.Type) -> UnsafeMutablePointer<State>? { fatalError("abstract") }
    @usableFromInline func formatStatus(_ context: StatusContext) -> String { fatalError("abstract") }
    @usableFromInline func formatMessage(_ message: ServerMessage<Server>) -> String { fatalError("abstract") }
    @usableFromInline func formatReason(_ reason: ExitReason) -> ExitReason { fatalError("abstract") }
    func formatEvent(_ event: SystemEvent) -> SystemEvent { fatalError("abstract") }
}

/// The successor's state, and the way from one type's messages to the other's, which are the same.
final class SuccessorServer<Server: GenServer, New: GenServer>: Successor<Server>
where
    New.Call == Server.Call, New.Cast == Server.Cast, New.Info == Server.Info, New.Continuation == Server.Continuation
{
    private let state: UnsafeMutablePointer<New>

    init(_ state: consuming New) {
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: state)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    override var stateType: Any.Type { New.self }

    override nonisolated(nonsending) func handle(
        _ message: ServerMessage<Server>, _ cell: ServerCell<Server>
    ) async throws -> NextStep<Server> {
        let next = try await ServerHandlers.handle(Self.translated(message), state, Self.context(cell))
        return switch next.kind {
        case .receive: NextStep(.receive)
        case .receiveWithin(let limit, let info): NextStep(.receiveWithin(limit, info))
        case .proceed(let step): NextStep(.proceed(step))
        case .hibernate: NextStep(.hibernate)
        case .stop(let reason): NextStep(.stop(reason), finalReply: next.finalReply)
        }
    }

    override nonisolated(nonsending) func terminate(_ reason: ExitReason, _ cell: ServerCell<Server>) async throws {
        try await state.pointee.terminate(reason: reason, Self.context(cell))
    }

    override func place<State>(of type: State.Type) -> UnsafeMutablePointer<State>? {
        state as? UnsafeMutablePointer<State>
    }

    override func formatStatus(_ context: StatusContext) -> String { ServerCell<New>.rendered(state, context) }
    override func formatMessage(_ message: ServerMessage<Server>) -> String {
        New.formatMessage(Self.translated(message))
    }
    override func formatReason(_ reason: ExitReason) -> ExitReason { New.formatReason(reason) }
    override func formatEvent(_ event: SystemEvent) -> SystemEvent { New.formatEvent(event) }

    private static func translated(_ message: ServerMessage<Server>) -> ServerMessage<New> {
        switch message {
        case .call(let call): .call(call)
        case .cast(let cast): .cast(cast)
        case .info(let info): .info(info)
        case .proceed(let step): .proceed(step)
        }
    }

    /// The process as the successor sees it.
    ///
    /// What a context uses of a cell depends on the types of its messages alone, and these are the same: both types of
    /// cell have the same layout. The cell stays what it is.
    private static func context(_ cell: ServerCell<Server>) -> ProcessContext<New> {
        let opaque = Unmanaged<BehaviorCell<Server>>.passUnretained(cell).toOpaque()
        return ProcessContext(Unmanaged<BehaviorCell<New>>.fromOpaque(opaque).takeUnretainedValue())
    }
}

extension ServerCell {
    /// From the next message on another type handles what comes; the old state is freed.
    func takeOver(_ next: Successor<Server>) {
        successor = next
        set(ProcessCell.Control.replaced)
        guard let old = state else { return }
        state = nil
        old.deinitialize(count: 1)
        old.deallocate()
    }
}
