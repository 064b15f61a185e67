import DrillLog

/// The numbers of a run.
public struct Figures: Codable, Hashable, Sendable {
    public struct FaultCount: Codable, Hashable, Sendable {
        public var done = 0
        public var skipped = 0
        public var recovery: Spread?
    }

    /// Of polite clients.
    public let requests: Int
    /// Decided by the first answer to the first attempt.
    public let firstTimeSuccesses: Int
    public let ordersAcknowledged: Int
    public let ordersInBooks: Int
    public let profiles: Int
    /// Those that lacked a part.
    public let partialProfiles: Int
    /// In the bank's ledger, each once for each time that money moved.
    public let captures: Int
    public let refunds: Int
    /// Answers that it is not known yet what the bank did.
    public let unknownPayments: Int
    /// What clients send that misbehave on purpose.
    public let requestsOfOffenders: Int
    /// "410 cart_gone", "connection closed", …: how often, told to polite clients.
    public let errors: [String: Int]
    /// From the first time a request is sent to the answer that decides it.
    public let latency: Spread?
    public let faults: [String: FaultCount]
    public let recovery: Spread?
    /// Of the time, without a fault that anybody may notice.
    public let quietShare: Double
    public let restarts: Int?
    /// Most at any look, in bytes.
    public let memory: Int?

    init(_ evidence: Evidence, _ requests: [Request], _ windows: Windows) {
        let polite = requests.filter { !evidence.run.offenders.contains($0.client) }
        self.requests = polite.count
        requestsOfOffenders = requests.count - polite.count
        firstTimeSuccesses = polite.count { $0.decision?.attempt == 1 }
        ordersAcknowledged =
            Set(requests.filter { $0.operation == "order" && $0.wasAcknowledged }.compactMap(\.key)).count
        ordersInBooks = evidence.books.rows.count
        let pages = polite.filter { $0.operation == "profile" }.flatMap(\.answers).filter { $0.status == 200 }
        profiles = pages.count
        partialProfiles = pages.count { Told.profile($0.body)?.missing.isEmpty == false }
        let moved = (evidence.accounts?.ledger ?? []).filter { $0.refusal == nil }
        captures = moved.count { $0.kind == "capture" }
        refunds = moved.count { $0.kind == "refund" }
        unknownPayments = polite.flatMap(\.answers).count { $0.status == 202 }
        errors = Self.errors(polite)
        latency = Spread(polite.compactMap { request in request.decidedAt.map { $0 - request.askedAt } })
        faults = Self.counts(evidence)
        recovery = Spread(evidence.faults.compactMap(\.recovery))
        quietShare = windows.quietShare(of: Double(evidence.run.seconds) * 1_000)
        restarts = evidence.run.restarts
        memory = evidence.samples.compactMap(\.memory).max()
    }

    private static func errors(_ requests: [Request]) -> [String: Int] {
        var errors: [String: Int] = [:]
        for request in requests {
            for failure in request.failures { errors[failure.what, default: 0] += 1 }
            for answer in request.answers where (400..<500).contains(answer.status) {
                errors["\(answer.status) \(Told.code(answer.body) ?? "")", default: 0] += 1
            }
        }
        return errors
    }

    private static func counts(_ evidence: Evidence) -> [String: FaultCount] {
        var counts = Dictionary(uniqueKeysWithValues: evidence.run.faultKinds.map { ($0, FaultCount()) })
        for (kind, faults) in Dictionary(grouping: evidence.faults, by: \.kind) {
            counts[kind] = FaultCount(
                done: faults.count(where: \.isDone), skipped: faults.count { !$0.isDone },
                recovery: Spread(faults.compactMap(\.recovery)))
        }
        return counts
    }
}

/// How a time is spread, in milliseconds.
public struct Spread: Codable, Hashable, Sendable {
    public let p50: Double
    public let p99: Double
    public let p999: Double
    public let longest: Double

    /// Nil for no values.
    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func at(_ share: Double) -> Double {
            let index = Int((Double(sorted.count - 1) * share).rounded())
            return (sorted[index] * 10).rounded() / 10
        }
        p50 = at(0.5)
        p99 = at(0.99)
        p999 = at(0.999)
        longest = at(1)
    }
}
