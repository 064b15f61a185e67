public import Synchronization

// A manager none of whose handlers suspends is told of an event on the thread of whoever waits for that, as a call of a
// `SynchronousGenServer` is handled on that of its caller. All other requests are queued.

extension EventManagerServer {
    /// Lets the handlers run at once, on this thread, if none may suspend, the manager is idle and nothing is claimed in
    /// its mailbox.
    @inlinable public static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery {
        guard call.isEvent,
            server.cell.control.load(ordering: .relaxed) & ProcessCell.Control.suspending == 0,
            InlineCalls.mayRun(server.cell)
        else { return server.cell.enqueueCall(call) }
        let cell = unsafeDowncast(server.cell, to: ServerCell<Self>.self)
        guard cell.mailbox.claimIdle() else { return cell.enqueueCall(call) }
        // Before the look at the control word: whoever kills the process from here on knows that it runs.
        cell.occupyInline()
        // The bit is a hint, for the process may have run since; what the state says now holds.
        guard cell.isReady,
            cell.control.load(ordering: .sequentiallyConsistent) & ProcessCell.Control.attention == 0,
            cell.state.unsafelyUnwrapped.pointee.table.suspending == 0
        else {
            cell.vacate()
            // Claimed, but there is something else to be done first: that is for a slice.
            let number = cell.enqueueCall(call).number
            return CallDelivery(number: number, wasIdle: true, isHandled: false)
        }
        // Taken out of its place by the handler: a copy would count references to the reply.
        var message = Optional(call)
        withUnsafeMutablePointer(to: &message) { InlineCalls.run($0, in: cell, InlineNotices.handler(Event.self)) }
        let isDone = !cell.hasPending.load(ordering: .relaxed)
        let delivery = CallDelivery.inline(isDone: isDone, taken: cell.mailbox.consumed.load(ordering: .relaxed))
        InlineCalls.leave(cell, isDone: isDone)
        return delivery
    }

    /// Takes the event out of its place, and tells the handlers.
    @inlinable static func handleInline(_ call: UnsafeMutableRawPointer, in process: UnsafeMutableRawPointer) {
        Unmanaged<ServerCell<Self>>.fromOpaque(process)._withUnsafeGuaranteedRef { cell in
            // Moved out of it: a copy would count references to the reply.
            let kind = call.assumingMemoryBound(to: Call?.self).pointee.take().unsafelyUnwrapped.kind
            guard case .notify(let event, let reply) = consume kind else { return }
            let rest = cell.state.unsafelyUnwrapped.pointee.tellAtOnce(event)
            if cell.hibernation != nil { cell.awaitHibernationAnew() }
            // A slice does what a handler has asked for, tells the others, and answers.
            if let rest {
                let message = Call(.notify(event, reply))
                cell.pending = Pending(.next(.continue(Continuation(rest, reply))), .call(message))
            } else {
                reply()
            }
        }
    }
}

/// The handlers of synchronous events that run inline.
@usableFromInline enum InlineNotices {
    /// That of the managers of a type of events. Captures no value, not even the type.
    @inlinable static func handler<Event: Sendable>(_ event: Event.Type) -> InlineCalls.Handler {
        { EventManagerServer<Event>.handleInline($0, in: $1) }
    }
}
