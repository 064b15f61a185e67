internal import COTPRuntime
internal import Synchronization

// A supervisor never suspends. One that is idle therefore takes a request on the thread of the process that makes it, as a
// `SynchronousGenServer` does: nobody waits then, and nothing is queued. What runs code of others, the `init` of a child
// and the end of its state, is done after that, when the supervisor is free for others again, and of several children only
// the first begins there: starts do not wait for one another, and a child that takes long holds up nobody but whoever asked
// for it.

/// What is done once the supervisor is free for others again.
enum SupervisorErrand: Sendable {
    /// Begins a child whose process has been made.
    case begin(ChildRef, ProcessCell, ChildStarting)
    /// Frees what a dead child has, whose process the supervisor holds.
    case release(ProcessCell)
}

extension SupervisorCell {
    /// Takes a request at once, on this thread, if the supervisor is idle and nothing is claimed in its mailbox.
    func deliver(_ call: consuming SupervisorBehavior.Call) -> CallDelivery {
        guard InlineTurn.isPossible(for: self), mailbox.claimIdle() else { return enqueueCall(call) }
        guard isUndisturbed else {
            // Claimed, but there is something else to be done first: that is for a slice.
            return CallDelivery(number: enqueueCall(call).number, wasIdle: true, isHandled: false)
        }
        let delivery = handedOverDelivery
        takeTurn(.call(call))
        let errands = ownErrands()
        endTurn()
        if !errands.isEmpty { settle(errands) }
        return delivery
    }

    /// Of a request that is dealt with now, as if it had been the last message taken: whoever waits for its answer waits for
    /// the supervisor.
    var handedOverDelivery: CallDelivery {
        let consumed = mailbox.consumed.load(ordering: .relaxed)
        return CallDelivery(number: consumed == 0 ? 0 : consumed - 1, wasIdle: false, isHandled: true)
    }

    /// Nothing is to be looked at before the next message: no end, no suspension, nobody who watches.
    var isUndisturbed: Bool { control.load(ordering: .sequentiallyConsistent) & Control.attention == 0 }

    /// The supervisor is free for others: the errands of its last turn, and another turn for what came of them. What that
    /// one leaves is perhaps for others than the one whose thread this is: for turns of their own.
    private func settle(_ errands: Few<SupervisorErrand>) {
        guard let outcome = run(errands) else { return }
        guard InlineTurn.isPossible(for: self), mailbox.claimIdle() else {
            return post(outcome, tag: MessageTag.info)
        }
        guard isUndisturbed else {
            _ = enqueue(outcome, tag: MessageTag.info)
            return wake()
        }
        takeTurn(.info(outcome))
        if !self.errands.isEmpty { sendErrands() }
        endTurn()
    }

    /// Takes out the errands that this thread does when the supervisor is free: what is to be freed, and then the first
    /// child that is to begin. The others begin in turns of their own: each may take as long as it likes, and none waits for
    /// another.
    private func ownErrands() -> Few<SupervisorErrand> {
        if !errands.hasMany { return errands.takeAll() }
        let all = errands.takeAll()
        var own = Few<SupervisorErrand>()
        var first: SupervisorErrand?
        all.forEach { errand in
            switch errand {
            case .release: own.append(errand)
            case .begin(let ref, let cell, let starting):
                if first == nil { first = errand } else { send(ref, cell, starting.starter) }
            }
        }
        if let first { own.append(first) }
        return own
    }

    /// Does them, and returns what the supervisor is to be told: how the one child began that may be among them.
    private func run(_ errands: Few<SupervisorErrand>) -> SupervisorBehavior.Info? {
        var outcome: SupervisorBehavior.Info?
        errands.forEach { errand in
            switch errand {
            case .begin(let ref, let cell, let starting): outcome = .begun(ref, starting.starter.begin(cell, nil))
            case .release(let cell): InlineTurn.release(cell)
            }
        }
        return outcome
    }

    /// As the supervisor itself, without the task-local values of the process whose thread this is.
    private func takeTurn(_ work: consuming SupervisorTurn.Work) {
        guard let worker = Worker.current else { preconditionFailure("a turn is taken on a worker") }
        endsAtOnce = Self.mostEndsAtOnce
        worker.pointee.inlineCell = .passUnretained(self)
        var turn = SupervisorTurn(supervisor: .passUnretained(self), work: work)
        withUnsafeMutablePointer(to: &turn) { pointer in
            BoundValues.hidden(UnsafeMutableRawPointer(pointer)) { raw in
                raw.assumingMemoryBound(to: SupervisorTurn.self).pointee.take()
            }
        }
        worker.pointee.inlineCell = nil
    }

    func endTurn() {
        // One that has ended has yet to be buried.
        if has(Control.dead) || !mailbox.goIdle() { wake() }
    }

    // MARK: in a slice

    /// Goes idle if nothing is left to do, errands included. False: on with what there is.
    func goneIdle() -> Bool {
        if errands.isEmpty { return mailbox.goIdle() }
        let errands = ownErrands()
        if !mailbox.goIdle() {
            self.errands = errands
            return false
        }
        // Whoever finds it idle may run it from here on.
        guard let outcome = run(errands) else { return true }
        guard mailbox.claimIdle() else {
            post(outcome, tag: MessageTag.info)
            return true
        }
        if isUndisturbed {
            take(outcome)
        } else {
            _ = enqueue(outcome, tag: MessageTag.info)
        }
        return false
    }

    /// The supervisor does not become free now: its children begin in turns of their own, as those do whose `init` may
    /// suspend, and what dead ones have is freed in theirs. Those come last, for what was woken last runs first here: a
    /// child that is started anew is to find freed what the one before it had.
    func sendErrands() {
        let all = errands.takeAll()
        all.forEach { if case .begin(let ref, let cell, let starting) = $0 { send(ref, cell, starting.starter) } }
        all.forEach { if case .release(let cell) = $0 { cell.wake() } }
    }

    /// Lets a child begin in a turn of its own.
    private func send(_ ref: ChildRef, _ cell: ProcessCell, _ starter: any ChildStarter) {
        if children[ref].isBeginning { begin(ref, cell, starter) }
        node.launch(cell)
    }

    private func begin(_ ref: ChildRef, _ cell: ProcessCell, _ starter: any ChildStarter) {
        let handshake = StartHandshake()
        _ = starter.begin(cell, handshake)
        let start = ChildStart(ref, cell, handshake, supervisor: self)
        children.change(ref) {
            $0.isBeginning = false
            $0.start = start
        }
        start.watch(timeout: nil, isWaitedFor: waitsForStarts)
    }

    /// The supervisor is dead: so are those that have not begun.
    func buryErrands() {
        errands.takeAll().forEach { errand in
            switch errand {
            case .begin(_, let cell, _):
                cell.kill()
                node.launch(cell)
            case .release(let cell): cell.wake()
            }
        }
    }
}

/// A turn that a supervisor takes on the thread of another process. A place is passed on, for a closure would cost
/// allocations.
private struct SupervisorTurn {
    enum Work {
        case call(SupervisorBehavior.Call)
        case info(SupervisorBehavior.Info)
    }

    let supervisor: Unmanaged<SupervisorCell>
    /// Taken out before it is done, so that nothing here keeps a reply alive.
    var work: Work?

    mutating func take() {
        let work = work.take()
        supervisor._withUnsafeGuaranteedRef { supervisor in
            switch work {
            case .call(let call): supervisor.handle(call)
            case .info(let info): supervisor.take(info)
            case nil: break
            }
        }
    }
}
