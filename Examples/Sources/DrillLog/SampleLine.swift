/// One look at the shop's process, taken every second from outside and through its door for drills.
public struct SampleLine: Codable, Hashable, Sendable {
    /// Milliseconds since the run began.
    public var at: Double
    /// Which process of the operating system; it changes when the shop was killed and started again.
    public var process: Int
    /// Bytes of memory that are resident; nil where the system does not tell.
    public var memory: Int?
    /// Restarts since the run began.
    public var restarts: Int?
    /// Messages that wait in the shop's mailboxes.
    public var queued: Int?

    public init(at: Double, process: Int, memory: Int?, restarts: Int? = nil, queued: Int? = nil) {
        self.at = at
        self.process = process
        self.memory = memory
        self.restarts = restarts
        self.queued = queued
    }
}
