/// One line of the log of faults: what was done to the shop, whom it may touch, and when it served again.
public struct FaultLine: Codable, Hashable, Sendable {
    public enum Outcome: String, Codable, Sendable {
        /// Done, and seen to serve again.
        case recovered
        /// Done to something that is not meant to come back by itself.
        case done
        /// Done, and not seen to serve again within the limit.
        case notRecovered
        /// Not done: there was nothing to do it to.
        case skipped
    }

    public var number: Int
    public var kind: String
    public var role: String
    public var index: Int
    /// Milliseconds since the run began.
    public var at: Double
    /// When it was over, in milliseconds since the run began; nil if that was not seen.
    public var closed: Double?
    public var outcome: Outcome
    /// Milliseconds from the fault to the first answer of its successor.
    public var recovery: Double?
    /// What it may make fail while it is open.
    public var reach: Reach
    public var note: String?

    public init(
        number: Int, kind: String, role: String, index: Int, at: Double, closed: Double? = nil, outcome: Outcome,
        recovery: Double? = nil, reach: Reach = .nothing, note: String? = nil
    ) {
        self.number = number
        self.kind = kind
        self.role = role
        self.index = index
        self.at = at
        self.closed = closed
        self.outcome = outcome
        self.recovery = recovery
        self.reach = reach
        self.note = note
    }

    public var isDone: Bool { outcome != .skipped }
}
