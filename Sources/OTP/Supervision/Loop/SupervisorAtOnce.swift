internal import COTPRuntime
internal import Synchronization

// The two requests that a dynamic supervisor gets all the time: a child is to start, a child is to end. If it is idle and
// nothing stands in the way, the process that asks does on its own thread what a turn of the supervisor would do, asking the
// same machine, but without a message, a reply and a list of actions. Whatever is out of the ordinary goes on as a request.

/// What became of a start or an end that was to happen at once.
enum AtOnce {
    /// Nothing: the supervisor is to be asked.
    case notNow
    /// The child runs.
    case process(ProcessCell)
    /// The supervisor has answered otherwise.
    case answer(SupervisionAnswer)
    /// It will answer there.
    case asked(CallSlot, CallDelivery)
    /// The child is gone.
    case done
}

extension SupervisorCell {
    /// Requests that were not made by a message: whoever makes one comes back for its answer.
    private static let withoutReply: SupervisionRequestID = 1 << 63

    /// Starts a child of a dynamic supervisor. Like ``deliver(_:)`` it leaves the supervisor to others while the child's
    /// `init` runs.
    ///
    /// - Throws: ``SupervisorError`` why there may be no such child.
    func startAtOnce(_ spec: ChildSpec) throws -> AtOnce {
        guard let starting = spec.starting, starting.starter.beginsInline, let asker = claimed() else { return .notNow }
        requestCount += 1
        let id = requestCount | Self.withoutReply
        let ref: ChildRef
        do { ref = try dynamic!.list(spec, for: id) } catch {
            free(asker.worker)
            throw error
        }
        let cell: ProcessCell
        do { cell = try makeChild(ref, spec, starting) } catch {
            hasNotMade(ref, spec, starting.starter, error)
            return answer(to: id, asker)
        }
        free(asker.worker)
        return begun(ref, cell, starting.starter.begin(cell, nil), id, asker)
    }

    /// The child has begun, or has not, on this thread, and others may have had the supervisor meanwhile.
    private func begun(
        _ ref: ChildRef, _ cell: ProcessCell, _ problem: StartError.Code?, _ id: SupervisionRequestID, _ asker: Asker
    ) -> AtOnce {
        guard claimed(by: asker) else {
            let slot = asker.slot(for: self)
            let reply = Reply<SupervisionAnswer>(slot: slot, generation: slot.generation)
            return .asked(slot, enqueueCall(SupervisorBehavior.Call.begun(ref, problem, id, reply)))
        }
        if problem == nil, children[ref].isBeginning, children[ref].earlyExit == nil,
            dynamic!.startedAtOnce(ref, cell.pid, at: node.now)
        {
            children.change(ref) { $0.isBeginning = false }
            noteStart(ref, cell)
            free(asker.worker)
            return .process(cell)
        }
        begun(ref, problem)
        return answer(to: id, asker)
    }

    /// Ends a child of a dynamic supervisor that is idle and has nothing to do before its end.
    func terminateAtOnce(_ pid: PID) -> AtOnce {
        guard let asker = claimed() else { return .notNow }
        guard let ref = dynamic!.stoppable(pid), !children[ref].isStarting, let cell = children[ref].cell,
            let reason = InlineTurn.endChild(cell, of: self, .shutdown)
        else {
            free(asker.worker)
            return .notNow
        }
        forget(ref)
        tell(endOf: cell, ref) { leavesZombie in
            dynamic!.stoppedAtOnce(ref, reason, leavesZombie: leavesZombie, at: node.now)
            doWhatWasSaid()
        }
        free(asker.worker)
        InlineTurn.release(cell)
        return .done
    }

    /// A process that does the supervisor's work on its own thread.
    private struct Asker {
        let worker: UnsafeMutablePointer<Worker>
        let runner: Unmanaged<Runner>
        let process: Unmanaged<ProcessCell>

        /// Where it waits after all.
        func slot(for server: ProcessCell) -> CallSlot { CallStart.slot(for: server, by: process, on: runner, worker) }
    }

    /// Makes the supervisor's work that of this thread: on behalf of a process on one of its node's workers that may call, and that has
    /// bound no task-local values, which nothing here may see. Nil, and nothing has happened: it is to be asked.
    private func claimed() -> Asker? {
        guard let worker = InlineTurn.worker(for: self), let runner = CurrentProcess.runner(on: worker) else {
            return nil
        }
        let process = runner._withUnsafeGuaranteedRef { $0.bindsNothing && !$0.hasRetired ? $0.occupant : nil }
        guard let process, !process._withUnsafeGuaranteedRef({ $0.has(Control.dead) }) else { return nil }
        let asker = Asker(worker: worker, runner: runner, process: process)
        return claimed(by: asker) ? asker : nil
    }

    private func claimed(by asker: Asker) -> Bool {
        guard mailbox.claimIdle() else { return false }
        guard isUndisturbed else {
            wake()
            return false
        }
        guard kind == .dynamic else {
            endTurn()
            return false
        }
        asker.worker.pointee.inlineCell = .passUnretained(self)
        endsAtOnce = Self.mostEndsAtOnce
        return true
    }

    /// Leaves it to others again.
    private func free(_ worker: UnsafeMutablePointer<Worker>) {
        if !errands.isEmpty { sendErrands() }
        worker.pointee.inlineCell = nil
        endTurn()
    }

    /// The answer to a request without a reply, which the machine may have given while others had the supervisor; until it
    /// gives one its asker waits.
    private func answer(to id: SupervisionRequestID, _ asker: Asker) -> AtOnce {
        if let answer = answers.removeValue(forKey: NumberKey(id)) {
            free(asker.worker)
            return if case .process(let cell) = answer { .process(cell) } else { .answer(answer) }
        }
        let slot = asker.slot(for: self)
        requests[NumberKey(id)] = Reply(slot: slot, generation: slot.generation)
        let delivery = handedOverDelivery
        free(asker.worker)
        return .asked(slot, delivery)
    }

    /// An answer for whoever has no reply: kept until he comes for it.
    func keep(_ answer: SupervisionAnswer, for id: SupervisionRequestID) {
        if id & Self.withoutReply != 0 { answers[NumberKey(id)] = answer }
    }

    /// A child was begun by somebody who found the supervisor at work when he came back: he waits from now on.
    func begun(
        _ ref: ChildRef, _ problem: StartError.Code?, _ id: SupervisionRequestID, _ reply: Reply<SupervisionAnswer>
    ) {
        if let answer = answers.removeValue(forKey: NumberKey(id)) {
            reply.send(answer)
        } else {
            requests[NumberKey(id)] = reply
        }
        begun(ref, problem)
    }
}
