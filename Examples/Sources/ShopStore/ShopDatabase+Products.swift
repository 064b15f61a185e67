import GRDB
public import ShopCore

extension ShopDatabase {
    public func product(_ id: String) async throws -> Product? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM products WHERE id = ?", arguments: [id]).map(Self.product)
        }
    }

    public func products() async throws -> [Product] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM products ORDER BY id").map(Self.product)
        }
    }

    /// Fails if the connection is of no more use.
    public func check() async throws {
        try await read { db in _ = try Int.fetchOne(db, sql: "SELECT 1") }
    }

    private static func product(_ row: Row) -> Product {
        Product(id: row["id"], name: row["name"], price: Cents(row["price"]))
    }
}
