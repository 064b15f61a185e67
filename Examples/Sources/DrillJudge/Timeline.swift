public import DrillLog

/// A run over time: what a picture of it is drawn from.
public struct Timeline: Codable, Sendable {
    public struct Portion: Codable, Hashable, Sendable {
        /// Requests of polite clients that were decided in this time.
        public var requests = 0
        /// Attempts of theirs that failed in this time.
        public var failures = 0
        /// Orders acknowledged for the first time.
        public var orders = 0
        public var latency: Spread?
        /// Bytes, the most at any look.
        public var memory: Int?
    }

    public struct Fault: Codable, Hashable, Sendable {
        public let kind: String
        public let part: String
        /// Milliseconds since the run began.
        public let opens: Double
        /// Milliseconds since the run began.
        public let closes: Double
        public let outcome: FaultLine.Outcome
    }

    /// Milliseconds that a portion lasts.
    public let width: Double
    public let portions: [Portion]
    public let faults: [Fault]

    private static let mostPortions = 240.0

    init(_ evidence: Evidence, _ requests: [Request], _ windows: Windows) {
        let polite = requests.filter { !evidence.run.offenders.contains($0.client) }
        let end = max(Double(evidence.run.seconds) * 1_000, polite.map(\.lastNote).max() ?? 0, 1)
        let width = max(1, (end / 1_000 / Self.mostPortions).rounded(.up)) * 1_000
        var portions = [Portion](repeating: Portion(), count: max(Int((end / width).rounded()), 1))
        var latencies = [[Double]](repeating: [], count: portions.count)
        let index = { (at: Double) in min(max(Int(at / width), 0), portions.count - 1) }
        for request in polite {
            for failure in request.failures { portions[index(failure.to)].failures += 1 }
            guard let decided = request.decidedAt else { continue }
            portions[index(decided)].requests += 1
            latencies[index(decided)].append(decided - request.askedAt)
            if request.operation == "order", request.decision?.status == 201 { portions[index(decided)].orders += 1 }
        }
        for sample in evidence.samples {
            guard let memory = sample.memory else { continue }
            portions[index(sample.at)].memory = max(portions[index(sample.at)].memory ?? 0, memory)
        }
        // A look that came a little late leaves no hole.
        for portion in portions.indices.dropFirst().dropLast() where portions[portion].memory == nil {
            if portions[portion + 1].memory != nil { portions[portion].memory = portions[portion - 1].memory }
        }
        for (portion, values) in latencies.enumerated() { portions[portion].latency = Spread(values) }
        self.width = width
        self.portions = portions
        faults = evidence.faults.filter(\.isDone).map {
            Fault(
                kind: $0.kind, part: $0.role, opens: $0.at, closes: $0.closed ?? $0.at + $0.reach.longest,
                outcome: $0.outcome)
        }
    }
}
