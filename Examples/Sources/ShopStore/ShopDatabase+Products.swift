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

    /// All products, those first that the latest orders hold most of.
    public func bestsellers() async throws -> [Product] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT products.* FROM products LEFT JOIN
                        (SELECT product, SUM(quantity) AS sold FROM
                            (SELECT * FROM order_lines ORDER BY order_id DESC LIMIT 200)
                        GROUP BY product) AS sales
                    ON sales.product = products.id ORDER BY sales.sold DESC, products.id
                    """
            ).map(Self.product)
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
