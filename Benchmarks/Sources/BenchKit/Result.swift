/// What one side needed for a row in one round.
public struct Sample: Sendable, Codable {
    /// In the row's unit.
    public var value: Double
    /// CPU of all threads per operation, in nanoseconds; `nil` where the system does not tell.
    public var cpu: Double?
    /// Context switches per operation.
    public var switches: Double?

    public init(value: Double, cpu: Double? = nil, switches: Double? = nil) {
        self.value = value
        self.cpu = cpu
        self.switches = switches
    }
}

/// A row after all its rounds.
public struct RowResult: Sendable {
    public let row: Row
    /// Contestant to samples, one for each round; `nil` marks a round that failed.
    public var samples: [String: [Sample?]] = [:]
    /// What failed, as the side put it.
    public var failures: [String] = []

    public init(_ row: Row) { self.row = row }

    public func values(_ contestant: String) -> [Double?]? {
        samples[contestant]?.map { $0?.value }
    }

    public func spread(_ contestant: String) -> Spread? {
        values(contestant).flatMap { Spread($0.compactMap { $0 }) }
    }

    /// `ours` divided by `peer`, of the rounds in which neither failed.
    public func ratios(_ ours: String, _ peer: String) -> Spread? {
        guard let mine = values(ours), let theirs = values(peer) else { return nil }
        return perRoundRatios(mine, theirs).flatMap { Spread($0.compactMap { $0 }) }
    }
}
