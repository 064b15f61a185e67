import Synchronization

/// Counts over all clients, for the progress line.
public final class Tally: Sendable {
    public struct Counts: Sendable {
        public var requests = 0
        public var acknowledged = 0
        public var lost = 0
        public var failed = 0

        public init() {}
    }

    private let counts = Mutex(Counts())

    public init() {}

    public var current: Counts { counts.withLock { $0 } }

    func note(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }
}
