import OTP
import ShopCore
import ShopStore

/// The connections, each lent to one request at a time and found by its number in a registry. What is asked of them may
/// be asked twice: reads change nothing, and an order is placed once under its key. So a request whose connection has
/// ended goes to another one.
struct ConnectionPool: Sendable {
    static let size = 10
    static let id: ChildID = "connections"

    /// Stands in the tree.
    let pool: Pool<Connection>

    init(_ place: DatabasePlace, restarts: Supervisor.Restarts) {
        pool = Pool(
            Self.id, size: Self.size, order: .fifo, restarts: restarts, memberName: { .connection($0) }
        ) { _, me in try await Connection(place, me) }
    }

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
    func orders(ofCart cart: String, atMost count: Int) async throws(Problem) -> [Order] {
        try await ask { .orders(cart: cart, atMost: count, $0) }
    }

    func bestsellers() async throws(Problem) -> [Product] { try await ask { .bestsellers($0) } }
    func product(_ id: String) async throws(Problem) -> Product? { try await ask { .product(id, $0) } }
    func products() async throws(Problem) -> [Product] { try await ask { .products($0) } }

    /// Whether a connection can be had in time, and works.
    func answers(within limit: Duration) async throws -> Bool {
        try await pool.withResource(timeout: limit) { try await $0.call(timeout: limit) { .check($0) } }
        return true
    }

    /// Asks one connection, and another one if that has ended; when there is none, their supervisor is starting them:
    /// waits a while.
    func ask<R: Sendable>(_ call: (Reply<R>) -> Connection.Call) async throws(Problem) -> R {
        var last: (any Error)?
        for attempt in 0..<50 {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(attempt < 5 ? 1 : 50)) }
            do {
                return try await pool.withResource(timeout: .seconds(8)) { connection in
                    try await connection.call(timeout: .seconds(8), call)
                }
            } catch let error as CallError {
                last = error
                switch error.code {
                case .noProcess, .exited: continue
                // A connection that is merely slow may still be writing: that is for the customer to ask again.
                default: break
                }
            } catch let error as PoolError {
                last = error
                if case .notRunning = error.code { continue }
            } catch {
                last = error
            }
            break
        }
        let why = last.map { "\($0)" } ?? "there is none"
        throw .unavailable("no_connection", "no database connection answered (\(why)); send it again")
    }
}
