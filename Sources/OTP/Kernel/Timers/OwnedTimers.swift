internal import COTPRuntime
internal import Synchronization

/// Timers that somebody has a reference to, or that end with a process.
extension TimerService {
    /// Sets a timer of a process; none if that has ended; the target is released then.
    func start(_ target: TimerTarget, of cell: ProcessCell, at deadline: UInt64) -> TimerRef {
        guarding.lock()
        guard cell.hasTimers() else {
            guarding.unlock()
            target.release()
            return .none
        }
        let order = nextOrder()
        let index = wheel.insert(target, at: deadline, order: order)
        chain(index, to: cell)
        guarding.unlock()
        wake(for: deadline)
        return TimerRef(self, index, order)
    }

    func start(_ timer: ProcessTimer, at deadline: UInt64) -> TimerRef {
        let target = TimerTarget.timer(.passRetained(timer))
        guarding.lock()
        if let owner = timer.owner, !owner._withUnsafeGuaranteedRef({ $0.hasTimers() }) {
            timer.isOver.store(true, ordering: .releasing)
            guarding.unlock()
            target.release()
            return .none
        }
        let order = nextOrder()
        let index = wheel.insert(target, at: deadline, order: order)
        timer.index = index
        timer.id = order
        timer.owner?._withUnsafeGuaranteedRef { chain(index, to: $0) }
        guarding.unlock()
        wake(for: deadline)
        return TimerRef(self, index, order)
    }

    /// Sets a repeating timer anew whose tick has been taken; false if it is over.
    func reset(_ timer: ProcessTimer, at deadline: UInt64) -> Bool {
        let isSet = guarding.withLock {
            if timer.isOver.load(ordering: .relaxed) || !wheel.isOut(timer.index) { return false }
            wheel.reset(timer.index, at: deadline, order: nextOrder())
            return true
        }
        if isSet { wake(for: deadline) }
        return isSet
    }

    /// Nothing is delivered after this returns. When it would have been; nil if it had been delivered or cancelled before,
    /// or is being delivered by the calling code.
    @usableFromInline func cancel(_ index: UInt32, _ id: UInt64) -> UInt64? {
        while true {
            guarding.lock()
            let isFiring = firing.load(ordering: .relaxed) == id
            if !isFiring, let node = find(index, id) {
                let deadline = node.pointee.deadline
                let target = forget(index)
                guarding.unlock()
                target.release()
                return deadline
            }
            guarding.unlock()
            // Delivering it may have led here.
            if !isFiring || isFiringHere { return nil }
            // It is being delivered on another thread at this moment: wait for that to be over.
            var round: UInt32 = 0
            while firing.load(ordering: .acquiring) == id {
                round &+= 1
                otp_relax(round)
            }
        }
    }

    /// When it fires; nil when it has fired or was cancelled. One that comes again has no time of its own, ``UInt64/max``, while
    /// it is being delivered.
    func deadline(_ index: UInt32, _ id: UInt64) -> UInt64? {
        guarding.withLock { find(index, id)?.pointee.deadline }
    }

    /// How long it is until then; zero if that is not known, as its tick is being delivered or is to be followed by the next
    /// only when what it has begun has ended. The compiler is
    /// told that nothing else comes of asking.
    @_effects(readonly) @usableFromInline func timeLeft(until deadline: UInt64) -> Duration {
        let now = now
        if deadline == .max { return .zero }
        return Deadline.duration(deadline > now ? deadline - now : 0)
    }

    /// The process has ended: nothing of its timers is left. A few at a time, for others want the lock as well.
    func forgetAll(of cell: ProcessCell) {
        var gone: [TimerTarget] = []
        repeat {
            gone.removeAll(keepingCapacity: true)
            guarding.withLock {
                while cell.firstTimer != 0, gone.count < 64 { gone.append(forget(cell.firstTimer)) }
            }
            for target in gone { target.release() }
        } while !gone.isEmpty
    }

    // MARK: with the lock held

    /// The timer, if it is there still.
    @inline(__always) private func find(
        _ index: UInt32, _ id: UInt64
    ) -> UnsafeMutablePointer<TimerWheel<TimerTarget>.Node>? {
        guard let node = wheel.find(index) else { return nil }
        if node.pointee.order == id { return node }
        // One that repeats has another order each time.
        guard case .timer(let timer) = node.pointee.body else { return nil }
        return timer._withUnsafeGuaranteedRef { $0.id } == id ? node : nil
    }

    /// Takes a timer out for good. Whoever does so releases its target, without the lock.
    @inline(__always) func forget(_ index: UInt32) -> TimerTarget {
        let target = wheel.node(index).pointee.body
        if let owner = target.owner { owner._withUnsafeGuaranteedRef { unchain(index, from: $0) } }
        wheel.remove(index)
        if case .timer(let timer) = target {
            timer._withUnsafeGuaranteedRef { $0.isOver.store(true, ordering: .releasing) }
        }
        return target
    }

    /// The timers of a process are linked to each other, so that its end finds them.
    @inline(__always) private func chain(_ index: UInt32, to cell: ProcessCell) {
        let first = cell.firstTimer
        if first != 0 {
            wheel.node(index).pointee.chainNext = first
            wheel.node(first).pointee.chainPrevious = index
        }
        cell.firstTimer = index
    }

    @inline(__always) private func unchain(_ index: UInt32, from cell: ProcessCell) {
        let node = wheel.node(index)
        let (previous, next) = (node.pointee.chainPrevious, node.pointee.chainNext)
        if next != 0 { wheel.node(next).pointee.chainPrevious = previous }
        if previous == 0 { cell.firstTimer = next } else { wheel.node(previous).pointee.chainNext = next }
    }
}

extension ProcessCell {
    /// Whether the process may have timers: false if it has ended. Only with the lock of its timers held.
    ///
    /// Whoever declares the death sets that first and looks afterwards whether there have been timers; both in the same word,
    /// so that either he finds the timer or whoever sets it finds the process dead.
    @inline(__always) final func hasTimers() -> Bool {
        let word = control.load(ordering: .relaxed)
        if word & (Control.dead | Control.timed) == Control.timed { return true }
        // Of what is no process nobody declares the end, which takes timers out.
        if word & (Control.dead | Control.recorded) != 0 { return false }
        return control.bitwiseOr(Control.timed, ordering: .sequentiallyConsistent).oldValue & Control.dead == 0
    }

    /// The process is dead: its timers are taken out.
    final func endTimers() {
        if has(Control.timed) { schedulerRef._withUnsafeGuaranteedRef { $0.timers.forgetAll(of: self) } }
    }
}
