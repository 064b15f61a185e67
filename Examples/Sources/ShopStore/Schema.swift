import GRDB
import ShopCore

/// Tables of the shop. An order has one key, and a cart can be ordered once: the database says so, whatever the
/// processes in front of it go through.
enum Schema {
    /// - Parameter isUnique: false only for a shop that is to be found wrong.
    static func create(in db: Database, isUnique: Bool = true) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS products (
                    id TEXT PRIMARY KEY,
                    name TEXT NOT NULL,
                    price INTEGER NOT NULL CHECK (price >= 0)
                );
                CREATE TABLE IF NOT EXISTS orders (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    key TEXT NOT NULL\(isUnique ? " UNIQUE" : ""),
                    request TEXT NOT NULL,
                    cart TEXT NOT NULL,
                    incarnation TEXT NOT NULL,
                    version TEXT NOT NULL,
                    total INTEGER NOT NULL CHECK (total >= 0)\(isUnique ? ",\nUNIQUE (cart, incarnation)" : "")
                );
                CREATE TABLE IF NOT EXISTS order_lines (
                    order_id INTEGER NOT NULL REFERENCES orders (id),
                    position INTEGER NOT NULL,
                    product TEXT NOT NULL,
                    quantity INTEGER NOT NULL CHECK (quantity > 0),
                    price INTEGER NOT NULL CHECK (price >= 0),
                    PRIMARY KEY (order_id, position)
                );
                CREATE TABLE IF NOT EXISTS refused_keys (
                    key TEXT PRIMARY KEY
                );
                """)
        try createPayments(in: db)
        guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM products") == 0 else { return }
        for product in Product.assortment {
            try db.execute(
                sql: "INSERT INTO products (id, name, price) VALUES (?, ?, ?)",
                arguments: [product.id, product.name, product.price.value])
        }
    }
}
