public import Synchronization

/// A machine none of whose functions suspends; the compiler checks it. Erlang: a `gen_statem`; there is no such distinction.
///
/// A call from another process finds it idle most of the time. Its event is then handled at once on the caller's thread,
/// and the enter call of the state it leads to, as the call of a ``SynchronousGenServer`` is. It stays a process of its
/// own: own crash, own order of events, and its functions see neither the caller's task-local values nor anything else of
/// him. What it has inserted, what it handles again and timeouts of zero come in a turn of its own, still before anything
/// that is sent meanwhile.
///
/// Only calls run there, never casts, other messages or timeouts, and only while they have been quick: the caller's worker is
/// held meanwhile. If the caller's deadline passes while the handler runs, what it answers afterwards goes nowhere. `Task.isCancelled`
/// is the caller's there.
///
/// While a ``MachineRole`` handles its events, whose functions may suspend, all of them are queued.
public protocol SynchronousGenStateMachine: GenStateMachine {
    mutating func handleStart(_ me: Me) throws -> [StateAction]
    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition
    mutating func handleEnter(_ state: State, from old: State, _ me: Me) throws -> StateEntry
    mutating func terminate(reason: ExitReason, in state: State, _ me: Me) throws
    /// Not to be implemented outside the library: handles one call in the process at `process`.
    static func _handleInline(_ call: UnsafeMutableRawPointer, in process: UnsafeMutableRawPointer)
}

extension SynchronousGenStateMachine {
    /// Handles the call at once, on this thread, if the machine is idle and nothing is claimed in its mailbox.
    @inlinable public static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery {
        guard InlineCalls.mayRun(server.cell) else { return server.cell.enqueueCall(call) }
        let cell = unsafeDowncast(server.cell, to: MachineCell<Self>.self)
        guard cell.mailbox.claimIdle() else { return cell.enqueueCall(call) }
        // Before the look at the control word: whoever kills the process from here on knows that it runs.
        cell.occupyInline()
        guard cell.isReady,
            cell.control.load(ordering: .sequentiallyConsistent) & ProcessCell.Control.attention == 0,
            cell.body.unsafelyUnwrapped.pointee.role == nil
        else {
            cell.vacate()
            // Claimed, but there is something else to be done first: that is for a slice.
            let number = cell.enqueueCall(call).number
            return CallDelivery(number: number, wasIdle: true, isHandled: false)
        }
        // Taken out of its place by the handler: a copy would count references to the reply.
        var message = Optional(call)
        withUnsafeMutablePointer(to: &message) { InlineCalls.run($0, in: cell, InlineEvents.handler(Self.self)) }
        let isDone = cell.isReady && cell.body.unsafelyUnwrapped.pointee.engine.isAtRest
        let delivery = CallDelivery.inline(isDone: isDone, taken: cell.mailbox.consumed.load(ordering: .relaxed))
        InlineCalls.leave(cell, isDone: isDone)
        return delivery
    }

    /// Takes the call out of its place, and handles it.
    @inlinable public static func _handleInline(
        _ call: UnsafeMutableRawPointer, in process: UnsafeMutableRawPointer
    ) {
        let message = call.assumingMemoryBound(to: Call?.self).pointee.take().unsafelyUnwrapped
        Unmanaged<MachineCell<Self>>.fromOpaque(process)._withUnsafeGuaranteedRef { cell in
            let event = MachineEvent<Self>.call(message)
            let step = MachineLoop<Self>.handleAtOnce(event, cell)
            if cell.hibernation != nil { cell.awaitHibernationAnew() }
            if case .settled = step { return }
            cell.pending = PendingStep(step, event)
        }
    }
}

extension MachineLoop where M: SynchronousGenStateMachine {
    /// Handles an event and, if it leads to another state, the first enter call. What comes after that, an end, and an enter
    /// call of a machine that has an `async` one in spite of its promise, are for a slice: there an enter call that repeats
    /// itself for ever can be ended, and a role may suspend.
    @inlinable static func handleAtOnce(_ event: MachineEvent<M>, _ cell: MachineCell<M>) -> MachineStep<M> {
        let body = cell.body.unsafelyUnwrapped
        let state = body.pointee.engine.state
        do {
            let step = accept(
                try body.pointee.data.handleEvent(event, in: state, ProcessContext(cell)), event, cell)
            guard case .enter(let old) = step, body.pointee.role == nil else { return step }
            let next = body.pointee.engine.nextState
            cell.asked = OwnHandlers.Handler.enter
            let entry = try body.pointee.data.handleEnter(next, from: old, ProcessContext(cell))
            // The library's own has answered for a machine that has one: that is `async`, and a slice waits for it.
            if cell.asked == 0, !cell.lacksEnter { return step }
            cell.asked = 0
            let last = body.pointee.engine.entered(entry)
            cell.perform(body)
            return last
        } catch {
            cell.asked = 0
            return .crash(error)
        }
    }
}

/// The handlers of calls that run inline.
@usableFromInline enum InlineEvents {
    /// That of a type of machine. Captures no value, not even the type.
    @inlinable static func handler<Machine: SynchronousGenStateMachine>(
        _ machine: Machine.Type
    ) -> InlineCalls.Handler {
        { Machine._handleInline($0, in: $1) }
    }
}
