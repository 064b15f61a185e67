import OTP
import ShopCore

/// Customers who are there, each a process that ends when left alone.
struct Sessions: Sendable {
    let supervisor: DynamicSupervisor<NewSession, ServerRef<Session>>

    init(idleLimit: Duration) {
        supervisor = DynamicSupervisor("sessions", restarts: .atMost(1_000, in: .seconds(1)), name: { .session($0.id) })
        {
            new, _ in
            Session(customer: new.customer, idleLimit: idleLimit)
        }
    }

    /// The new session's id.
    func open(customer: String) async throws(Problem) -> String {
        let id =
            "s" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
            + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        do {
            try await supervisor.startChild(NewSession(id: id, customer: customer))
            return id
        } catch {
            throw .lostOnTheWay(error)
        }
    }

    /// Whose it is; keeps it from ending.
    func touch(_ id: String) async throws(Problem) -> String {
        do {
            return try await ServerName.session(id).call { .touch($0) }
        } catch let error as CallError where error.hasNoServer {
            throw Problem(401, "session_ended", "this session has ended; open a new one with POST /sessions")
        } catch {
            throw .lostOnTheWay(error)
        }
    }

    func end(_ id: String) { ServerName.session(id).cast(.end) }
}
