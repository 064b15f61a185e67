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
        let message = call
        InlineCalls.enter(cell)
        TaskLocals.masked {
            do {
                let next = try cell.state.unsafelyUnwrapped.pointee.handleCall(message, ProcessContext(cell))
                if cell.hibernation != nil { cell.awaitHibernationAnew() }
                if case .receive = next.kind { return }
                cell.pending = Pending(.next(next), .call(message))
            } catch {
                cell.pending = Pending(.crash(error), .call(message))
            }
        }
        InlineCalls.leave(cell, isDone: !cell.hasPending.load(ordering: .relaxed))
        return CallDelivery(number: 0, wasIdle: false, isHandled: true)
    }
}

/// The parts of an inline call that know no types.
@usableFromInline enum InlineCalls {
    /// Only on our own workers, and only for servers that have been quick.
    @usableFromInline static func mayRun(_ cell: ProcessCell) -> Bool {
        guard let worker = Worker.current, worker.pointee.scheduler === cell.node.scheduler else { return false }
        // One that another type has taken over may not even be of the type that the reference says.
        if cell.has(ProcessCell.Control.replaced) { return false }
        return worker.pointee.role == .thread && !cell.isLimited && worker.pointee.inlineCell == nil && cell.isQuick()
    }

    @usableFromInline static func enter(_ cell: ProcessCell) {
        guard let worker = Worker.current else { return }
        worker.pointee.inlineCell = Unmanaged.passUnretained(cell)
        worker.pointee.inlineCalls &+= 1
        let isTimed = worker.pointee.inlineCalls & 15 == 0 || cell.paceWord.load(ordering: .relaxed) != 0
        worker.pointee.inlineSince = isTimed ? otp_now_ns() : 0
    }

    @usableFromInline static func leave(_ cell: ProcessCell, isDone: Bool) {
        if let worker = Worker.current {
            worker.pointee.inlineCell = nil
            let since = worker.pointee.inlineSince
            if since != 0 { cell.notePace(otp_now_ns() &- since) }
        }
        cell.vacate()
        if !isDone || !cell.mailbox.goIdle() { cell.wake() }
    }
}

/// Running code without the caller's task-local values.
@usableFromInline enum TaskLocals {
    @usableFromInline static func masked(_ body: () -> Void) {
        withoutActuallyEscaping(body) { escapable in
            var closure = escapable
            withUnsafeMutablePointer(to: &closure) { pointer in
                otp_without_task_locals(UnsafeMutableRawPointer(pointer)) { raw in
                    raw.assumingMemoryBound(to: (() -> Void).self).pointee()
                }
            }
        }
    }
}
