internal import COTPRuntime
public import Synchronization

extension SynchronousGenServer {
    /// Handles the call at once, on this thread, if the server is idle and nothing is claimed in its mailbox.
    @inlinable public static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery {
        guard InlineCalls.mayRun(server.cell) else { return server.cell.enqueueCall(call) }
        let cell = unsafeDowncast(server.cell, to: ServerCell<Self>.self)
        guard cell.mailbox.claimIdle() else { return cell.enqueueCall(call) }
        // Before the look at the control word: whoever kills the process from here on knows that it runs.
        cell.occupyInline()
        guard cell.isReady,
            cell.control.load(ordering: .sequentiallyConsistent) & ProcessCell.Control.attention == 0
        else {
            cell.vacate()
            // Claimed, but there is something else to be done first: that is for a slice.
            let number = cell.enqueueCall(call).number
            return CallDelivery(number: number, wasIdle: true, isHandled: false)
        }
        cell.cancelIdle()
        // Taken out of its place by the handler: a copy would count references to the reply.
        var message = Optional(call)
        withUnsafeMutablePointer(to: &message) { InlineCalls.run($0, in: cell, InlineCalls.handler(Self.self)) }
        InlineCalls.leave(cell, isDone: !cell.hasPending.load(ordering: .relaxed))
        return CallDelivery(number: 0, wasIdle: false, isHandled: true)
    }

    /// Takes the call out of its place, and handles it.
    @inlinable public static func _handleInline(
        _ call: UnsafeMutableRawPointer, in process: UnsafeMutableRawPointer
    ) {
        let message = call.assumingMemoryBound(to: Call?.self).pointee.take().unsafelyUnwrapped
        Unmanaged<ServerCell<Self>>.fromOpaque(process)._withUnsafeGuaranteedRef { cell in
            do {
                let next = try cell.state.unsafelyUnwrapped.pointee.handleCall(message, ProcessContext(cell))
                if cell.hibernation != nil { cell.awaitHibernationAnew() }
                if case .receive = next.kind { return }
                cell.pending = Pending(.next(next), .call(message))
            } catch {
                cell.pending = Pending(.crash(error), .call(message))
            }
        }
    }
}

/// The parts of an inline call that know no types.
@usableFromInline enum InlineCalls {
    /// Only on our own workers, and only for servers that have been quick.
    @usableFromInline static func mayRun(_ cell: ProcessCell) -> Bool {
        // One that another type has taken over may not even be of the type that the reference says.
        InlineTurn.isPossible(for: cell) && !cell.has(ProcessCell.Control.replaced) && !cell.isLimited && cell.isQuick()
    }

    /// Runs the handler of a call in its server.
    @usableFromInline typealias Handler = @Sendable (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void

    /// The handler of a type of server. Captures no value, not even the type.
    @inlinable static func handler<Server: SynchronousGenServer>(_ server: Server.Type) -> Handler {
        { Server._handleInline($0, in: $1) }
    }

    /// Runs the handler as the server itself, without the caller's task-local values. Places are passed on as plain words,
    /// and the handler as a function that captures nothing where the server's type is known: a closure would cost three
    /// allocations.
    @usableFromInline static func run(
        _ call: UnsafeMutableRawPointer, in cell: ProcessCell, _ handler: @escaping Handler
    ) {
        guard let worker = Worker.current else { preconditionFailure("a call is handled inline on a worker") }
        let process = Unmanaged.passUnretained(cell)
        let since = cell.paceClock(on: worker)
        let bindsNothing = BoundValues.areNone(on: worker)
        worker.pointee.inlineCell = process
        if bindsNothing {
            handler(call, process.toOpaque())
        } else {
            var order = InlineOrder(handler: handler, call: call, process: process.toOpaque())
            withUnsafeMutablePointer(to: &order) { pointer in
                otp_without_task_locals(UnsafeMutableRawPointer(pointer)) { raw in
                    let order = raw.assumingMemoryBound(to: InlineOrder.self)
                    order.pointee.handler(order.pointee.call, order.pointee.process)
                }
            }
        }
        worker.pointee.inlineCell = nil
        if since != 0 { cell.notePace(otp_now_ns() &- since) }
    }

    /// The server is free again.
    @usableFromInline static func leave(_ cell: ProcessCell, isDone: Bool) {
        cell.vacate()
        if !isDone || !cell.mailbox.goIdle() { cell.wake() }
    }
}

/// What is to be run inline. No tuple: a function in one is wrapped anew, which allocates.
private struct InlineOrder {
    let handler: InlineCalls.Handler
    let call: UnsafeMutableRawPointer
    let process: UnsafeMutableRawPointer
}
