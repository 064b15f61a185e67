/// Milliseconds since a run began: the time of every log.
public struct RunClock: Sendable {
    private let start = ContinuousClock.now

    public init() {}

    public var now: Double { Self.milliseconds(ContinuousClock.now - start) }

    public static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) * 1_000 + Double(attoseconds) / 1e15
    }
}
