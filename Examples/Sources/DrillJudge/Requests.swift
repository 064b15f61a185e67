import DrillLog

/// A client's request with all that came of it, put together from its log.
struct Request: Sendable {
    struct Answer: Sendable {
        let attempt: Int
        let status: Int
        /// Of orders, carts, profiles and refusals; other bodies prove nothing.
        let body: String
        let at: Double
        /// From the attempt that it answers, in milliseconds.
        let took: Double
    }

    /// An attempt that did not get what any request may expect.
    struct Failure: Sendable {
        let what: String
        let from: Double
        let to: Double
    }

    let client: Int
    let number: Int
    let operation: String
    let path: String?
    let key: String?
    let body: String?
    let askedAt: Double
    private(set) var attempts = 0
    /// In order.
    private(set) var answers: [Answer] = []
    private(set) var failures: [Failure] = []
    private(set) var decidedAt: Double?
    private(set) var lastNote: Double
    private var attemptedAt: Double

    init(_ line: ClientLine) {
        client = line.client
        number = line.request
        operation = line.operation
        path = line.path
        key = line.key
        body = Self.isTelling(line.operation) ? line.body : nil
        askedAt = line.at
        lastNote = line.at
        attemptedAt = line.at
    }

    var name: String { "client \(client), request \(number)" }
    /// The answer that ended it.
    var decision: Answer? { answers.last { Self.decides($0.status) } }
    /// Whether whoever asked wanted to know how it ended.
    var insists: Bool { operation != "checkout-once" }
    var wasAcknowledged: Bool { answers.contains { $0.status < 300 } }

    /// "Not known yet", "later", "something broke" and "who are you" leave a request open.
    static func decides(_ status: Int) -> Bool { status < 500 && status != 202 && status != 429 && status != 401 }

    static func all(in clients: [[ClientLine]]) -> [Request] { clients.flatMap(ofOne) }

    /// From one client's lines.
    static func ofOne(_ lines: [ClientLine]) -> [Request] {
        var requests: [Int: Request] = [:]
        for line in lines { requests[line.request, default: Request(line)].note(line) }
        return requests.values.sorted { $0.number < $1.number }
    }

    private mutating func note(_ line: ClientLine) {
        attempts = max(attempts, line.attempt)
        lastNote = line.at
        switch line.event {
        case .ask:
            attemptedAt = line.at
        case .answer:
            let status = line.status ?? 0
            let isTold = Self.isTelling(operation) || status >= 400
            answers.append(
                Answer(
                    attempt: line.attempt, status: status, body: isTold ? line.body ?? "" : "", at: line.at,
                    took: line.at - attemptedAt))
            if status >= 500 { fail("\(status) \(Told.code(line.body ?? "") ?? "")", line.at) }
            if Self.decides(status), decidedAt == nil { decidedAt = line.at }
        case .lost:
            fail(line.error ?? "lost", line.at)
        }
    }

    private mutating func fail(_ what: String, _ at: Double) {
        failures.append(Failure(what: what, from: attemptedAt, to: at))
    }

    private static func isTelling(_ operation: String) -> Bool {
        switch operation {
        case "order", "cart", "profile", "reuse", "checkout", "checkout-once", "refund": true
        default: false
        }
    }
}
