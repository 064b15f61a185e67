public import Foundation
import GRDB

/// The database as the judge reads it, with statements of its own.
public struct Books: Sendable {
    public struct Line: Hashable, Codable, Sendable {
        public var product: String
        public var quantity: Int
        public var price: Int

        public init(product: String, quantity: Int, price: Int) {
            self.product = product
            self.quantity = quantity
            self.price = price
        }
    }

    public struct Row: Hashable, Sendable {
        public var id: Int
        public var key: String
        public var cart: String
        public var version: String
        public var total: Int
        public var lines: [Line]

        public init(id: Int, key: String, cart: String, version: String, total: Int, lines: [Line]) {
            self.id = id
            self.key = key
            self.cart = cart
            self.version = version
            self.total = total
            self.lines = lines
        }
    }

    public var rows: [Row]
    /// What SQLite's own check says; "ok" when nothing is wrong.
    public var integrity: String

    public init(rows: [Row], integrity: String = "ok") {
        self.rows = rows
        self.integrity = integrity
    }

    public init(database: URL) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: database.path, configuration: configuration)
        self = try queue.read { db in
            let lines = try GRDB.Row.fetchAll(db, sql: "SELECT * FROM order_lines ORDER BY order_id, position")
            var linesOf: [Int: [Line]] = [:]
            for line in lines {
                linesOf[line["order_id"], default: []].append(
                    Line(product: line["product"], quantity: line["quantity"], price: line["price"]))
            }
            let rows = try GRDB.Row.fetchAll(db, sql: "SELECT * FROM orders ORDER BY id").map { row in
                let id: Int = row["id"]
                return Row(
                    id: id, key: row["key"], cart: row["cart"], version: row["version"], total: row["total"],
                    lines: linesOf[id] ?? [])
            }
            let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check").joined(separator: "; ")
            return Books(rows: rows, integrity: integrity)
        }
    }
}
