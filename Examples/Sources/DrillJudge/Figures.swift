import DrillLog

/// The numbers of a run.
public struct Figures: Codable, Hashable, Sendable {
    public struct Spread: Codable, Hashable, Sendable {
        /// Milliseconds.
        public let p50: Double
        /// Milliseconds.
        public let p99: Double
        public let longest: Double

        init?(_ values: [Double]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            func at(_ share: Double) -> Double {
                let index = Int((Double(sorted.count - 1) * share).rounded())
                return (sorted[index] * 10).rounded() / 10
            }
            p50 = at(0.5)
            p99 = at(0.99)
            longest = at(1)
        }
    }

    public struct FaultCount: Codable, Hashable, Sendable {
        public var done = 0
        public var skipped = 0
    }

    public var requests: Int
    /// Decided by the first answer to the first attempt.
    public var firstTimeSuccesses: Int
    public var ordersAcknowledged: Int
    public var ordersInBooks: Int
    public var profiles: Int
    /// Those that lacked a part.
    public var partialProfiles: Int
    /// "410 cart_gone", "connection closed", …: how often.
    public var errors: [String: Int]
    /// From the first time a request is sent to the answer that decides it.
    public var latency: Spread?
    public var faults: [String: FaultCount]
    public var recovery: Spread?
    public var restarts: Int?

    init(_ evidence: Evidence, _ requests: [Request]) {
        self.requests = requests.count
        firstTimeSuccesses = requests.count { $0.decision?.attempt == 1 }
        ordersAcknowledged =
            Set(requests.filter { $0.operation == "order" && $0.wasAcknowledged }.compactMap(\.key)).count
        ordersInBooks = evidence.books.rows.count
        let pages = requests.filter { $0.operation == "profile" }.flatMap(\.answers).filter { $0.status == 200 }
        profiles = pages.count
        partialProfiles = pages.count { Told.profile($0.body)?.missing.isEmpty == false }
        errors = [:]
        for request in requests {
            for error in request.errors { errors[error, default: 0] += 1 }
            for answer in request.answers where answer.status >= 400 {
                errors["\(answer.status) \(Told.code(answer.body) ?? "")", default: 0] += 1
            }
        }
        latency = Spread(requests.compactMap { request in request.decidedAt.map { $0 - request.askedAt } })
        faults = Dictionary(uniqueKeysWithValues: evidence.run.faultKinds.map { ($0, FaultCount()) })
        for fault in evidence.faults {
            if fault.isDone {
                faults[fault.kind, default: .init()].done += 1
            } else {
                faults[fault.kind, default: .init()].skipped += 1
            }
        }
        recovery = Spread(evidence.faults.compactMap(\.recovery))
        restarts = evidence.run.restarts
    }
}
