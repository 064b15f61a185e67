/// The restarts of the last period: decides whether one more is allowed. Erlang: `add_restart` in `supervisor`.
///
/// A restart exactly `period` ago still counts. Each takes constant time: of `count` allowed restarts only the times
/// of the last `count` matter, and of these only the oldest.
struct RestartWindow: Sendable {
    let limit: Supervisor.Restarts
    /// A ring once it is full; grows up to that, since a large budget is rarely used.
    private var times: [Duration] = []
    private var oldest = 0

    init(_ limit: Supervisor.Restarts) { self.limit = limit }

    /// Notes a restart at the time `now`, which never goes back. False if it is one too many.
    mutating func allowsRestart(at now: Duration) -> Bool {
        guard limit.count > 0 else { return false }
        if times.count < limit.count {
            times.append(now)
            return true
        }
        guard times[oldest] < now - limit.period else { return false }
        times[oldest] = now
        oldest = (oldest + 1) % limit.count
        return true
    }

    /// How many restarts are still allowed at the time `now`. Looks at each: for people, not for each restart.
    func budget(at now: Duration) -> Int {
        limit.count - times.count { $0 >= now - limit.period }
    }
}
