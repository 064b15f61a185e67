import Synchronization

/// Where a drill holds a handler. Whoever comes to it waits until it opens, even if it is killed meanwhile: then it goes
/// on too late, as code can that nobody can stop.
final class WriteGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() { (arrivals, arrival) = AsyncStream.makeStream(of: Void.self) }

    func pass() async {
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                if !state.isOpen { state.waiting = continuation }
                return state.isOpen
            }
            arrival.yield()
            if goes { continuation.resume() }
        }
    }

    /// Waits for somebody to come; false if nobody does in time. Nobody who comes later has to wait.
    func isReached(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [arrivals] in await arrivals.first { _ in true } != nil }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            let reached = await group.next() ?? false
            group.cancelAll()
            if !reached { open() }
            return reached
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting.take()
        }
        waiting?.resume()
    }
}
