import DrillLog

/// A client's request with all that came of it, put together from its log.
struct Request: Sendable {
    var client: Int
    var number: Int
    var operation: String
    var key: String?
    var body: String?
    var askedAt: Double
    var attempts = 0
    /// In order; `took` counts from the attempt that was answered, in milliseconds.
    var answers: [(attempt: Int, status: Int, body: String, took: Double)] = []
    var errors: [String] = []
    var decidedAt: Double?
    var lastNote: Double
    private var attemptedAt = 0.0

    init(client: Int, number: Int, operation: String, key: String?, body: String?, at: Double) {
        self.client = client
        self.number = number
        self.operation = operation
        self.key = key
        self.body = body
        askedAt = at
        lastNote = at
        attemptedAt = at
    }

    var name: String { "client \(client), request \(number)" }
    /// The answer that ended it.
    var decision: (attempt: Int, status: Int, body: String, took: Double)? { answers.last { Self.decides($0.status) } }
    var wasAcknowledged: Bool { answers.contains { $0.status < 300 } }

    /// "Later", "something broke" and "who are you" leave a request open.
    static func decides(_ status: Int) -> Bool { status < 500 && status != 429 && status != 401 }

    static func all(in clients: [[ClientLine]]) -> [Request] {
        clients.flatMap { lines in
            var requests: [Int: Request] = [:]
            for line in lines { note(line, in: &requests) }
            return requests.values.sorted { $0.number < $1.number }
        }
    }

    private static func note(_ line: ClientLine, in requests: inout [Int: Request]) {
        var request =
            requests[line.request]
            ?? Request(
                client: line.client, number: line.request, operation: line.operation, key: line.key, body: line.body,
                at: line.at)
        request.attempts = max(request.attempts, line.attempt)
        request.lastNote = line.at
        switch line.event {
        case .ask:
            request.attemptedAt = line.at
        case .answer:
            let status = line.status ?? 0
            request.answers.append((line.attempt, status, line.body ?? "", line.at - request.attemptedAt))
            if decides(status), request.decidedAt == nil { request.decidedAt = line.at }
        case .lost:
            request.errors.append(line.error ?? "lost")
        }
        requests[line.request] = request
    }
}
