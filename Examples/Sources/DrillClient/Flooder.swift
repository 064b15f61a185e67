public import DrillLog
import Synchronization

/// A client that sends as much as it can, over several connections at once.
public final class Flooder: Sendable {
    public let client: Int
    private let port: Int
    private let clock: RunClock
    private let log: LineWriter
    private let requests = Atomic(0)

    public init(client: Int, port: Int, clock: RunClock, log: LineWriter) {
        self.client = client
        self.port = port
        self.clock = clock
        self.log = log
    }

    /// Of one flood.
    public struct Counts: Sendable {
        public var sent = 0
        /// Told to slow down.
        public var refused = 0
    }

    public func flood(for time: Duration, connections: Int) async throws -> Counts {
        let end = clock.now + RunClock.milliseconds(time)
        return try await withThrowingTaskGroup(of: Counts.self) { group in
            for _ in 0..<connections { group.addTask { try await self.pour(until: end) } }
            return try await group.reduce(into: Counts()) {
                $0.sent += $1.sent
                $0.refused += $1.refused
            }
        }
    }

    private func pour(until end: Double) async throws -> Counts {
        var counts = Counts()
        var open: HTTPConnection?
        defer { open?.close() }
        while clock.now < end, !Task.isCancelled {
            let number = requests.wrappingAdd(1, ordering: .relaxed).newValue
            counts.sent += 1
            try note(number, .ask)
            do throws(NoAnswer) {
                let connection: HTTPConnection
                if let open, open.isOpen { connection = open } else { connection = try await .open(port: port) }
                open = connection
                let answer = try await connection.send("GET", "/products", headers: [("Client", "drill-\(client)")])
                if answer.status == 429 { counts.refused += 1 }
                try? note(number, .answer, status: answer.status)
            } catch {
                try note(number, .lost, error: error.description)
                // Refused at once while the shop is down.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        return counts
    }

    private func note(_ number: Int, _ event: ClientLine.Event, status: Int? = nil, error: String? = nil) throws {
        try log.append(
            ClientLine(
                at: clock.now, client: client, request: number, attempt: 1, event: event, operation: "flood",
                status: status, error: error))
    }
}
