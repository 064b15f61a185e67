public import OTP

/// Database connection pool by registry names: each connection has a number in a registry and is found by it, also after
/// it was started again. A lost connection ends its process; its supervisor opens a new one.
public struct DatabaseConnection: GenServer {
    public struct ConnectionLost: Error {
        public init() {}
    }
    public enum Call: Sendable { case query(String, Reply<String>) }

    private let number: Int
    private let query: @Sendable (Int, String) async throws -> String

    public init(number: Int, query: @escaping @Sendable (Int, String) async throws -> String) {
        self.number = number
        self.query = query
    }

    public func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .query(let sql, let reply): reply(try await query(number, sql))
        }
    }
}

extension RegistryName<Int, Void> { public static var databaseConnections: Self { "database connections" } }

public func databasePool(
    size: Int = 10, query: @escaping @Sendable (Int, String) async throws -> String
) -> Supervisor {
    Supervisor("database pool", .oneForOne, restarts: .atMost(10, in: .seconds(5))) {
        Registry(.databaseConnections)
        for number in 1...size {
            DatabaseConnection.child("connection \(number)", name: .via(.databaseConnections, number)) {
                DatabaseConnection(number: number, query: query)
            }
        }
    }
}

/// The same connections, lent: nobody else has one meanwhile, and it comes back however its use ends.
public func lentConnections(
    size: Int = 10, overflow: Int = 5, query: @escaping @Sendable (Int, String) async throws -> String
) -> Pool<DatabaseConnection> {
    Pool("lent connections", size: size, overflow: overflow) { number, _ in
        DatabaseConnection(number: number, query: query)
    }
}
