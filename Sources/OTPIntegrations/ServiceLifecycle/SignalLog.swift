#if ServiceLifecycle
    internal import Synchronization
    internal import UnixSignals

    /// The signals of one run, in their order.
    final class SignalLog: Sendable {
        private let signals = Mutex<[UnixSignal]>([])

        /// Returns how many there had been.
        func add(_ signal: UnixSignal) -> Int {
            signals.withLock {
                $0.append(signal)
                return $0.count - 1
            }
        }

        var all: [UnixSignal] { signals.withLock { $0 } }
    }

#endif
