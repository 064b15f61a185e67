import OTP
import ShopCore
import ShopStore
import Synchronization

/// The connections, taken in turn. What is asked of them may be asked twice: reads change nothing, and an order is
/// placed once under its key. So a request whose connection has ended goes to the next one.
final class ConnectionPool: Sendable {
    static let size = 10
    private let turn = Atomic(0)

    func place(_ draft: OrderDraft) async throws(Problem) -> Result<ShopDatabase.Placement, Problem> {
        try await ask { .place(draft, $0) }
    }

    func order(key: String, request: String) async throws(Problem) -> Order? {
        let found: Result<Order?, Problem> = try await ask { .find(key: key, request: request, $0) }
        return try found.get()
    }

    /// The order after all, if it was placed; otherwise it never will be.
    func refuse(key: String, request: OrderRequest) async throws(Problem) -> Order? {
        let found: Result<Order?, Problem> = try await ask { .refuse(key: key, request, $0) }
        return try found.get()
    }

    func order(id: Int) async throws(Problem) -> Order? { try await ask { .order(id: id, $0) } }
    func product(_ id: String) async throws(Problem) -> Product? { try await ask { .product(id, $0) } }
    func products() async throws(Problem) -> [Product] { try await ask { .products($0) } }

    /// Asks one connection after the other; when there is none, their supervisor is starting them: waits a while.
    private func ask<R: Sendable>(_ call: (Reply<R>) -> Connection.Call) async throws(Problem) -> R {
        var last: (any Error)?
        for attempt in 0..<Self.size * 20 {
            if attempt > 0, attempt % Self.size == 0 { try? await Task.sleep(for: .milliseconds(50)) }
            let number = turn.wrappingAdd(1, ordering: .relaxed).newValue % Self.size + 1
            do {
                return try await ServerName.connection(number).call(timeout: .seconds(8), call)
            } catch let error as CallError {
                last = error
                // A connection that is merely slow may still be writing: that is for the customer to ask again.
                if case .timeout = error.code { break }
            } catch {
                last = error
                break
            }
        }
        let why = last.map { "\($0)" } ?? "there is none"
        throw .unavailable("no_connection", "no database connection answered (\(why)); send it again")
    }
}
