/// The requests of a collection that are settled and not yet taken, in the order in which they were.
final class RequestInbox: Sendable {
    private struct State {
        var arrived = RingBuffer<Int>()
        var gate: Gate?
    }

    private let state = LockedBox(State())

    init() {}

    func arrived(_ key: Int) {
        let gate = state.withLock { state -> Gate? in
            state.arrived.append(key)
            defer { state.gate = nil }
            return state.gate
        }
        gate?.open()
    }

    func take() -> Int? { state.withLock { $0.arrived.popFirst() } }

    /// Opened by the next arrival; nil if something is there already.
    func nextArrival() -> Gate? {
        let gate = Gate()
        let isThere = state.withLock { state -> Bool in
            if !state.arrived.isEmpty { return true }
            state.gate = gate
            return false
        }
        if !isThere { return gate }
        gate.discard()
        return nil
    }
}
