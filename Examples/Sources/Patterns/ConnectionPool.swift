public import OTP

/// Database connection pool: ten workers, each found by its name; a lost connection ends its worker, whose supervisor
/// starts it with a new one.
public struct PooledConnection: GenServer {
    public struct ConnectionLost: Error {}
    public enum Call: Sendable { case query(String, Reply<String>) }
    public enum Info: Sendable { case connectionLost }

    private let id: Int
    private let query: @Sendable (Int, String) async throws -> String

    public init(id: Int, query: @escaping @Sendable (Int, String) async throws -> String) {
        self.id = id
        self.query = query
    }

    public func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .query(let sql, let reply): reply(try await query(id, sql))
        }
    }

    public func handleInfo(_ info: Info, _ me: Me) throws -> Next { throw ConnectionLost() }
}

extension ServerName<PooledConnection> {
    public static func pooled(_ id: Int) -> Self { "pooled connection \(id)" }
}

public func connectionPool(
    size: Int = 10, query: @escaping @Sendable (Int, String) async throws -> String
) -> Supervisor {
    Supervisor("connection pool", .oneForOne, restarts: .atMost(10, in: .seconds(5))) {
        for id in 1...size {
            PooledConnection.child("connection \(id)", name: .pooled(id)) { PooledConnection(id: id, query: query) }
        }
    }
}
