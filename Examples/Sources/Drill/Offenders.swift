import DrillClient
import DrillLog

/// Clients that misbehave on purpose, each with a number and a log of its own.
struct Offenders: Sendable {
    let flooder: Flooder
    let dawdler: Dawdler

    init(first: Int, port: Int, clock: RunClock, files: RunFolder) throws {
        flooder = Flooder(client: first, port: port, clock: clock, log: try LineWriter(files.client(first)))
        dawdler = Dawdler(client: first + 1, port: port, clock: clock, log: try LineWriter(files.client(first + 1)))
    }

    var numbers: [Int] { [flooder.client, dawdler.client] }

    func flood() async throws -> String {
        let counts = try await flooder.flood(for: .milliseconds(500), connections: 8)
        return "\(counts.sent) requests, \(counts.refused) refused"
    }

    func dawdle() async throws -> String {
        try await dawdler.dawdle(pieces: 8, pause: .milliseconds(100)).map { "told \($0)" } ?? "not answered"
    }
}
