#if ServiceLifecycle
    internal import Synchronization

    /// The first of several outcomes, for one waiter.
    final class FirstOutcome: Sendable {
        private struct State: Sendable {
            var outcome: Result<Void, any Error>?
            var waiter: CheckedContinuation<Void, any Error>?
        }

        private let state = Mutex(State())

        /// Only the first one counts.
        func settle(_ outcome: Result<Void, any Error>) {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard state.outcome == nil else { return nil }
                state.outcome = outcome
                return state.waiter.take()
            }
            waiter?.resume(with: outcome)
        }

        func value() async throws {
            try await withCheckedThrowingContinuation { waiter in
                let outcome = state.withLock { state in
                    if state.outcome == nil { state.waiter = waiter }
                    return state.outcome
                }
                if let outcome { waiter.resume(with: outcome) }
            }
        }
    }
#endif
