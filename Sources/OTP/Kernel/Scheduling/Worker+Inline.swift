internal import COTPRuntime
internal import Synchronization

extension Worker {
    /// How many of those that have come from outside get their turn when a process gives way.
    private static var mostInjected: Int { 16 }

    /// Whether the code that runs on this thread may take another turn of a process itself. False: it is to suspend, for others
    /// have waited long enough.
    @inline(__always) static func goesOnInline(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        worker.pointee.inlineTurns &+= 1
        worker.pointee.turnsUntilLook -= 1
        return worker.pointee.turnsUntilLook > 0 || looksAround(worker)
    }

    /// What was run may have taken long: the worker looks around before the next turn.
    static func looksNext(_ worker: UnsafeMutablePointer<Worker>) {
        worker.pointee.turnsUntilLook = 1
    }

    @inline(never) private static func looksAround(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        worker.pointee.turnsUntilLook = Int(InlineBudget.step)
        // Nobody is held who takes turn after turn.
        worker.pointee.steps.store(worker.pointee.steps.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        let hasLast = worker.pointee.lifo.load(ordering: .relaxed) != 0
        let (hasIdle, hasInjected) = worker.pointee.schedulerRef._withUnsafeGuaranteedRef {
            ($0.hasIdleWorkers, $0.hasInjected)
        }
        let verdict = worker.pointee.inlineBudget.verdict(
            in: worker.pointee.tick, isWaited: hasLast || hasInjected || hasWaiting(worker), hasIdle: hasIdle,
            now: otp_now_ns)
        switch verdict {
        case .goOn:
            return true
        case .share:
            // What was made runnable last is for nobody else to take, the queue is.
            if hasLast {
                let bits = worker.pointee.lifo.exchange(0, ordering: .acquiringAndReleasing)
                if bits != 0 { pushBack(RunItem(bits: bits), on: worker) }
            }
            worker.pointee.scheduler.wakeOne()
            return true
        case .giveWay:
            // It looks around again each time it is asked, until it has suspended; and then what it has just made runnable is
            // not next.
            worker.pointee.turnsUntilLook = 1
            worker.pointee.lifoRuns = lifoLimit
            // The loop seldom looks at the queue shared by all while it has something of its own, and here each of its rounds
            // may take as long as a slice.
            for _ in 0..<mostInjected {
                guard let item = worker.pointee.scheduler.takeInjected() else { break }
                pushBack(item, on: worker)
            }
            return false
        }
    }
}
