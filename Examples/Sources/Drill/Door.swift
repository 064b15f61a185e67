import DrillClient
import DrillPlan
import Foundation

/// The way into a shop for drills.
struct Door: Sendable {
    let port: Int
    let token: String

    struct Counts: Decodable, Sendable { let restarts: Int, lent: Int?, queued: Int, lostEvents: Int }
    private struct Open: Decodable { let open: Int }
    struct Hit: Decodable, Sendable {
        let process: String
        /// Milliseconds that went by before it was hit.
        let waited: Double?
    }

    /// Does it; gives the process that was hit, or nil when there was none.
    func inject(_ fault: Fault) async -> Hit? {
        let body = #"{"kind":"\#(fault.kind.rawValue)","role":"\#(fault.role.rawValue)","index":\#(fault.index)}"#
        guard let answer = await ask("POST", "/faults", body), answer.status == 200 else { return nil }
        return decoded(answer, Hit.self)
    }

    /// The process that serves in the fault's place now, asked for real work; nil while none does.
    func process(of fault: Fault) async -> String? { await process(of: fault.role, fault.index) }

    func process(of role: Fault.Role, _ index: Int = 0) async -> String? {
        let path = "/faults/parts/\(role.rawValue)/\(index)"
        guard let answer = await ask("GET", path, nil), answer.status == 200 else { return nil }
        return decoded(answer, Hit.self)?.process
    }

    func counts() async -> Counts? { await ask("GET", "/faults/counts", nil).flatMap { decoded($0, Counts.self) } }

    /// Payments of which the shop does not know what the bank did.
    func openPayments() async -> Int? { await ask("GET", "/faults/open", nil).flatMap { decoded($0, Open.self)?.open } }

    /// Whether the whole shop says that it is ready.
    func isReady() async -> Bool { await ask("GET", "/health/ready", nil)?.status == 200 }

    private func ask(_ method: String, _ path: String, _ body: String?) async -> HTTPAnswer? {
        guard let connection = try? await HTTPConnection.open(port: port) else { return nil }
        defer { connection.close() }
        return try? await connection.send(method, path, headers: [("Fault-Token", token)], body: body)
    }

    private func decoded<T: Decodable>(_ answer: HTTPAnswer, _ type: T.Type) -> T? {
        try? JSONDecoder().decode(type, from: Data(answer.body.utf8))
    }
}
