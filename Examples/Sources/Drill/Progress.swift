public import DrillLog

/// How a run stands at a moment.
public struct Progress: Sendable {
    /// Milliseconds since the run began.
    public let at: Double
    /// In the last second.
    public let requests: Int
    /// Attempts that failed in the last second.
    public let failed: Int
    /// Acknowledged so far.
    public let orders: Int
    public let faults: FaultBoard.Standing
    public let planned: Int
    public let sample: SampleLine?

    /// One line, of the same width for every moment.
    public var line: String {
        let memory = sample?.memory.map { "\($0 >> 20) MiB" } ?? "-"
        return [
            right("\(Int(at / 1_000)) s", 6), right("\(requests) requests/s", 17), right("\(failed) failed/s", 13),
            right("\(orders) orders", 14), right("\(faults.open) faults open, \(faults.done) of \(planned)", 27),
            right("\(sample?.restarts ?? 0) restarts", 15), right("\(sample?.queued ?? 0) queued", 11),
            right(memory, 9),
        ].joined()
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
