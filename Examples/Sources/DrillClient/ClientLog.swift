import DrillLog
import Synchronization

/// What a client of one operation notes: each request under a number of its own before it leaves, and what became of it.
final class ClientLog: Sendable {
    let client: Int
    let clock: RunClock
    private let operation: String
    private let log: LineWriter
    private let requests = Atomic(0)

    init(client: Int, operation: String, clock: RunClock, log: LineWriter) {
        self.client = client
        self.operation = operation
        self.clock = clock
        self.log = log
    }

    /// A request is about to leave; returns its number.
    func ask() throws -> Int {
        let number = requests.wrappingAdd(1, ordering: .relaxed).newValue
        try note(number, .ask)
        return number
    }

    func answered(_ number: Int, status: Int) throws { try note(number, .answer, status: status) }

    func lost(_ number: Int, _ error: NoAnswer) throws { try note(number, .lost, error: error.description) }

    private func note(_ number: Int, _ event: ClientLine.Event, status: Int? = nil, error: String? = nil) throws {
        try log.append(
            ClientLine(
                at: clock.now, client: client, request: number, attempt: 1, event: event, operation: operation,
                status: status, error: error))
    }
}
