public import DrillLog

/// A client that sends as much as it can, over several connections at once.
public final class Flooder: Sendable {
    private let port: Int
    private let log: ClientLog
    public var client: Int { log.client }

    public init(client: Int, port: Int, clock: RunClock, log: LineWriter) {
        self.port = port
        self.log = ClientLog(client: client, operation: "flood", clock: clock, log: log)
    }

    /// Of one flood.
    public struct Counts: Sendable {
        public var sent = 0
        /// Told to slow down.
        public var refused = 0
    }

    public func flood(for time: Duration, connections: Int) async throws -> Counts {
        let end = log.clock.now + RunClock.milliseconds(time)
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
        while log.clock.now < end, !Task.isCancelled {
            counts.sent += 1
            let number = try log.ask()
            do throws(NoAnswer) {
                let connection: HTTPConnection
                if let open, open.isOpen { connection = open } else { connection = try await .open(port: port) }
                open = connection
                let answer = try await connection.send("GET", "/products", headers: [("Client", "drill-\(client)")])
                if answer.status == 429 { counts.refused += 1 }
                try? log.answered(number, status: answer.status)
            } catch {
                try log.lost(number, error)
                // Refused at once while the shop is down.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        return counts
    }
}
