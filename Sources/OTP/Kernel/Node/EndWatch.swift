internal import Synchronization

/// Waits for the end of several processes at once, from inside or outside any process.
// @unchecked because the state is guarded.
final class EndWatch: DownListener, @unchecked Sendable {
    private struct State {
        var pending = Set<MonitorRef>()
        var slot: (slot: CallSlot, generation: UInt64)?
    }

    private let state = LockedBox(State())

    /// False if the process has ended already.
    func add(_ cell: ProcessCell) -> Bool {
        let ref = MonitorRef.make()
        state.withLock { _ = $0.pending.insert(ref) }
        if cell.addListener(self, as: ref) { return true }
        state.withLock { _ = $0.pending.remove(ref) }
        return false
    }

    override func down(_ message: DownMessage) {
        let done = state.withLock { state -> (slot: CallSlot, generation: UInt64)? in
            state.pending.remove(message.monitor)
            return state.pending.isEmpty ? state.slot : nil
        }
        if let done, done.slot.claim(done.generation) { done.slot.publish() }
    }

    /// Nil when all have ended; otherwise why that is not waited for any more.
    func wait(timeout: Duration?, node: Node) async -> CallFailure? {
        let slot = CallSlot.acquire()
        let generation = slot.generation
        let isDone = state.withLock { state -> Bool in
            if state.pending.isEmpty { return true }
            state.slot = (slot, generation)
            return false
        }
        if isDone {
            slot.recycle()
            return nil
        }
        await CallWait.settled(slot, timeout: timeout, node: node)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        state.withLock { $0.slot = nil }
        slot.recycle()
        return failure
    }
}
