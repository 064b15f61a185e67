/// Opened once, by anybody; waited for once, inside or outside a process.
final class Gate: Sendable {
    fileprivate let slot = CallSlot.acquire()
    private let generation: UInt64

    init() { generation = slot.generation }

    /// Lets the waiter pass; nothing happens when it has gone.
    func open() {
        if slot.claim(generation) { slot.publish() }
    }

    /// Waits until somebody opens. To be called exactly once.
    ///
    /// - Returns: False when the time is over first.
    /// - Throws: `CancellationError` when the waiting task is cancelled; ``CallError`` with code `.killed`.
    nonisolated(nonsending) func wait(timeout: Duration?, node: Node) async throws -> Bool {
        await CallWait.settled(slot, timeout: timeout, node: node)
        let failure = slot.hasFailed ? slot.takeFailure() : nil
        slot.recycle()
        switch failure {
        case nil: return true
        case .timeout: return false
        case .killed: throw CallError(.killed)
        default: throw CancellationError()
        }
    }
}

extension Gate {
    /// Instead of waiting.
    func discard() { slot.recycle() }
}
