import DrillLog
import Synchronization

/// How the faults stand, for the progress line.
public final class FaultBoard: Sendable {
    public struct Standing: Sendable {
        public internal(set) var open = 0
        public internal(set) var done = 0
        public internal(set) var skipped = 0
    }

    private let standing = Mutex(Standing())

    var current: Standing { standing.withLock { $0 } }

    func opened() { standing.withLock { $0.open += 1 } }
    func closed() { standing.withLock { $0.open -= 1 } }
    func count(_ outcome: FaultLine.Outcome) {
        standing.withLock { standing in
            if outcome == .skipped { standing.skipped += 1 } else { standing.done += 1 }
        }
    }
}
