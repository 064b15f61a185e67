import DrillLog
import Foundation

/// A client's way to the shop: notes every request before it leaves and every answer before it is used, and resends
/// what was not answered, or not decided, until it is.
struct LoggingCaller {
    let client: Int
    let port: Int
    let clock: RunClock
    let log: LineWriter
    let tally: Tally
    /// When even resending ends.
    let giveUpAfter: Double
    /// For how long one answer is waited for before it is asked again.
    let patience: Duration

    private var connection: HTTPConnection?
    private var requests = 0
    private var session: String?

    init(
        client: Int, port: Int, clock: RunClock, log: LineWriter, tally: Tally, giveUpAfter: Double,
        patience: Duration = .seconds(3)
    ) {
        self.client = client
        self.port = port
        self.clock = clock
        self.log = log
        self.tally = tally
        self.giveUpAfter = giveUpAfter
        self.patience = patience
    }

    struct Request {
        var operation: String
        var method: String
        var path: String
        var key: String?
        var body: String?
    }

    /// The answer that decided it; nil when the run gave up on it first.
    ///
    /// - Parameter insists: Whether it is sent again; if not, whatever comes of it at first is all.
    mutating func ask(_ request: Request, insists: Bool = true) async throws -> HTTPAnswer? {
        if session == nil, request.operation != "session" { try await openSession() }
        requests += 1
        let number = requests
        tally.note { $0.requests += 1 }
        let asked = clock.now
        var attempt = 1
        while true {
            try note(request, number, attempt, .ask)
            do {
                let answer = try await sendOnce(request)
                try note(request, number, attempt, .answer, status: answer.status, body: answer.body)
                if isDecided(answer.status) {
                    if request.operation == "order", answer.status == 201 { tally.note { $0.acknowledged += 1 } }
                    return answer
                }
                tally.note { $0.failed += 1 }
                if answer.status == 401 { try await openSession() }
            } catch let error as NoAnswer {
                connection = nil
                tally.note { $0.lost += 1 }
                try note(request, number, attempt, .lost, error: error.description)
            }
            if !insists || clock.now - asked > giveUpAfter { return nil }
            try await Task.sleep(for: .milliseconds(min(20 * attempt, 250)))
            attempt += 1
        }
    }

    /// Everything but "not known yet", "later", "something broke" and "who are you" is an answer to live with.
    private func isDecided(_ status: Int) -> Bool { status < 500 && status != 202 && status != 429 && status != 401 }

    /// What every request carries, once it is known.
    private mutating func openSession() async throws {
        session = nil
        let body = #"{"customer":"customer-\#(client)"}"#
        let answer = try await ask(Request(operation: "session", method: "POST", path: "/sessions", body: body))
        session = answer.flatMap { try? JSONDecoder().decode(OpenedSession.self, from: Data($0.body.utf8)).session }
    }

    private mutating func sendOnce(_ request: Request) async throws -> HTTPAnswer {
        let open: HTTPConnection
        if let connection, connection.isOpen {
            open = connection
        } else {
            open = try await HTTPConnection.open(port: port)
        }
        connection = open
        var headers = [("Client", "drill-\(client)")]
        if let key = request.key { headers.append(("Idempotency-Key", key)) }
        if let session, request.operation != "session" { headers.append(("Session", session)) }
        if request.body != nil { headers.append(("Content-Type", "application/json")) }
        return try await open.send(request.method, request.path, headers: headers, body: request.body, within: patience)
    }

    private func note(
        _ request: Request, _ number: Int, _ attempt: Int, _ event: ClientLine.Event, status: Int? = nil,
        body: String? = nil,
        error: String? = nil
    ) throws {
        let isAsk = event == .ask
        try log.append(
            ClientLine(
                at: clock.now, client: client, request: number, attempt: attempt, event: event,
                operation: request.operation, method: isAsk ? request.method : nil, path: isAsk ? request.path : nil,
                key: request.key, body: isAsk ? request.body : body, status: status, error: error))
    }

    func close() { connection?.close() }
}

private struct OpenedSession: Decodable { let session: String }
