/// How long a supervisor waits before it starts a failed child again. Off by default: Erlang has no such thing.
///
/// The wait doubles with each failure in a row, from ``min`` to ``max``. A child that has run for ``resetAfter``
/// begins anew. Each failure counts against the supervisor's budget of restarts all the same.
public struct Backoff: Sendable, Hashable {
    /// The wait before the first restart.
    public let min: Duration
    /// The longest wait, before jitter.
    public let max: Duration
    /// Each wait is made longer or shorter by up to this share of itself, at random: 0 for none, at most 1.
    public let jitter: Double
    /// A child that has run for this long is taken to be well again.
    public let resetAfter: Duration

    /// Waits that double from `from` to `to`.
    ///
    /// Out of range values are reported when a supervisor with such a child starts, as ``SupervisorError``.
    public static func exponential(
        from min: Duration, to max: Duration, jitter: Double = 0.1, resetAfter: Duration = .seconds(60)
    ) -> Backoff {
        Backoff(min: min, max: max, jitter: jitter, resetAfter: resetAfter)
    }

    /// The same wait before each restart.
    public static func constant(_ wait: Duration, jitter: Double = 0) -> Backoff {
        Backoff(min: wait, max: wait, jitter: jitter, resetAfter: .zero)
    }

    /// The wait before the restart that follows the `failure`th failure in a row, counted from 1.
    /// `random` lies between 0 and 1.
    func wait(afterFailure failure: Int, random: Double) -> Duration {
        var wait = min
        var step = 1
        while step < failure, max > wait, wait > .zero {
            wait += wait
            step += 1
        }
        wait = Swift.min(wait, max)
        return jitter == 0 ? wait : wait * (1 + jitter * (2 * random - 1))
    }

    /// What is wrong with the values, if anything.
    var fault: String? {
        if min < .zero { return "its shortest wait is \(min); a wait cannot be negative" }
        if max < min { return "its longest wait, \(max), is below its shortest, \(min)" }
        if !(0...1).contains(jitter) { return "its jitter is \(jitter); expected a share between 0 and 1" }
        if resetAfter < .zero { return "it resets after \(resetAfter); a time cannot be negative" }
        return nil
    }
}
