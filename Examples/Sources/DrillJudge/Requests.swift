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
    /// In order: status and body.
    var answers: [(attempt: Int, status: Int, body: String)] = []
    var errors: [String] = []
    var decidedAt: Double?
    var lastNote: Double

    var name: String { "client \(client), request \(number)" }
    /// The answer that ended it.
    var decision: (attempt: Int, status: Int, body: String)? { answers.last { Self.decides($0.status) } }
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
                askedAt: line.at, lastNote: line.at)
        request.attempts = max(request.attempts, line.attempt)
        request.lastNote = line.at
        switch line.event {
        case .ask:
            break
        case .answer:
            let status = line.status ?? 0
            request.answers.append((line.attempt, status, line.body ?? ""))
            if decides(status), request.decidedAt == nil { request.decidedAt = line.at }
        case .lost:
            request.errors.append(line.error ?? "lost")
        }
        requests[line.request] = request
    }
}
