#if ServiceLifecycle
    internal import OTP
    internal import Synchronization

    /// Runs a tree once, in a task that nobody cancels, and ends it when it is told to: also before or while it starts.
    final class HostedTree: Hosted {
        private struct State: Sendable {
            var run: TreeRun?
            var stops = 0
        }

        private let tree: Supervisor
        private let deadlines: ShutdownDeadlines
        private let state = Mutex(State())

        init(_ tree: Supervisor, _ deadlines: ShutdownDeadlines) {
            self.tree = tree
            self.deadlines = deadlines
        }

        /// Starts the tree and returns when it has ended.
        func run() async throws {
            // Cancellation of the host is passed on by `stop`: the tree needs a task in which it can end in order.
            try await Task {
                guard state.withLock({ $0.stops == 0 }) else { return }
                let run = try await TreeRun.begin(tree)
                let stops = state.withLock {
                    $0.run = run
                    return $0.stops
                }
                for number in 0..<stops { run.stop(within: deadlines.limit(ofStop: number)) }
                try await run.end()
            }.value
        }

        /// Begins to end the tree. The first time everything has the usual time; each further time shortens it.
        func stop() {
            let (run, number) = state.withLock { state in
                state.stops += 1
                return (state.run, state.stops - 1)
            }
            run?.stop(within: deadlines.limit(ofStop: number))
        }

        /// How often it has been told to stop.
        var stops: Int { state.withLock { $0.stops } }

        /// Who did not end in time.
        var killed: [KilledChild] { state.withLock { $0.run }?.killed ?? [] }
    }
#endif
