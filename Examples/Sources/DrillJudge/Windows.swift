import DrillLog

/// When which fault may be felt. A fault opens when it is done and closes when its part is seen to serve again; after
/// `Reach.longest` it is no excuse any more.
struct Windows: Sendable {
    struct Window: Sendable {
        let opens: Double
        let closes: Double
        let reach: Reach
    }

    /// By the time they open.
    let all: [Window]
    private let longest: Double

    init(_ faults: [FaultLine]) {
        all = faults.filter { $0.isDone && !$0.reach.isEmpty }.map { fault in
            let last = fault.at + fault.reach.longest
            return Window(opens: fault.at, closes: min(fault.closed ?? last, last), reach: fault.reach)
        }.sorted { $0.opens < $1.opens }
        longest = all.map { $0.closes - $0.opens }.max() ?? 0
    }

    /// Whether one that fits is open at any moment from `start` to `end`.
    func isAnyOpen(from start: Double, to end: Double, where fits: (Reach) -> Bool) -> Bool {
        for window in all[firstThatMayReach(start)...] {
            if window.opens > end { return false }
            if window.closes >= start, fits(window.reach) { return true }
        }
        return false
    }

    /// How much of the time from 0 to `end` has no fault open, from 0 to 1.
    func quietShare(of end: Double) -> Double {
        guard end > 0 else { return 1 }
        var open = 0.0
        var covered = 0.0
        for window in all {
            let from = max(window.opens, covered)
            let to = min(window.closes, end)
            if to > from { open += to - from }
            covered = max(covered, to)
        }
        return 1 - open / end
    }

    /// No window before this one can still be open at `time`.
    private func firstThatMayReach(_ time: Double) -> Int {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].opens < time - longest { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
