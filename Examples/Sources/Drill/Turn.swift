import Synchronization

/// One after the other, and nobody waits for ever.
final class Turn: Sendable {
    private let isTaken = Atomic(false)

    /// False if it does not come in time.
    func take(within limit: Duration) async throws -> Bool {
        let giveUp = ContinuousClock.now + limit
        while isTaken.exchange(true, ordering: .acquiring) {
            guard ContinuousClock.now < giveUp else { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    func pass() { isTaken.store(false, ordering: .releasing) }
}
