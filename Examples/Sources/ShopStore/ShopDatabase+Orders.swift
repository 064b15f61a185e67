import GRDB
public import ShopCore

extension ShopDatabase {
    /// What became of a draft.
    public enum Placement: Hashable, Sendable {
        case placed(Order)
        /// The same key and the same request had been placed before.
        case alreadyPlaced(Order)

        public var order: Order {
            switch self {
            case .placed(let order), .alreadyPlaced(let order): order
            }
        }
    }

    /// Writes the order and its lines in one transaction, unless its key is in the books.
    ///
    /// Throws `StoreError.refused` when the key belongs to another request (422) or the cart to another order (409).
    public func place(_ draft: OrderDraft) async throws -> Placement {
        try await write { [weakness] db in
            if weakness == .forgetsKeys { return .placed(try Books.insert(draft, in: db)) }
            if let found = try Books.order(key: draft.key, request: draft.request, in: db) {
                return .alreadyPlaced(found)
            }
            guard try !Books.isRefused(key: draft.key, in: db) else { throw Problem.lost(cart: draft.cart) }
            guard try !Books.isOrdered(cart: draft.cart, incarnation: draft.version.incarnation, in: db) else {
                throw Problem.conflict("cart_ordered", "cart '\(draft.cart)' was ordered under another key")
            }
            return .placed(try Books.insert(draft, in: db))
        }
    }

    /// Gives the order under `key` if it was placed; otherwise it never will be, however late an attempt arrives.
    ///
    /// Throws `StoreError.refused` when the key belongs to another request (422).
    public func refuse(key: String, request: OrderRequest) async throws -> Order? {
        if weakness == .forgetsKeys { return nil }
        return try await write { db in
            if let found = try Books.order(key: key, request: request.canonical, in: db) { return found }
            try db.execute(sql: "INSERT OR IGNORE INTO refused_keys (key) VALUES (?)", arguments: [key])
            return nil
        }
    }

    /// The order under `key`, if it was for this request; `StoreError.refused` with 422 when it was for another one.
    public func order(key: String, request: String) async throws -> Order? {
        if weakness == .forgetsKeys { return nil }
        return try await read { db in try Books.order(key: key, request: request, in: db) }
    }

    public func order(id: Int) async throws -> Order? {
        try await read { db in try Books.order(id: id, in: db) }
    }

    /// Orders of carts of this name, the latest first.
    public func orders(ofCart cart: String, atMost count: Int) async throws -> [Order] {
        try await read { db in try Books.orders(ofCart: cart, atMost: count, in: db) }
    }
}

/// The statements, inside a transaction.
private enum Books {
    static func order(key: String, request: String, in db: Database) throws -> Order? {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM orders WHERE key = ?", arguments: [key]) else {
            return nil
        }
        guard row["request"] == request else {
            throw Problem(422, "key_reused", "this Idempotency-Key was used for another order; take a new one")
        }
        return try order(row, in: db)
    }

    static func order(id: Int, in db: Database) throws -> Order? {
        try Row.fetchOne(db, sql: "SELECT * FROM orders WHERE id = ?", arguments: [id]).map { try order($0, in: db) }
    }

    static func orders(ofCart cart: String, atMost count: Int, in db: Database) throws -> [Order] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM orders WHERE cart = ? ORDER BY id DESC LIMIT ?", arguments: [cart, count]
        ).map { try order($0, in: db) }
    }

    static func isRefused(key: String, in db: Database) throws -> Bool {
        try Row.fetchOne(db, sql: "SELECT 1 FROM refused_keys WHERE key = ?", arguments: [key]) != nil
    }

    static func isOrdered(cart: String, incarnation: String, in db: Database) throws -> Bool {
        try Row.fetchOne(
            db, sql: "SELECT id FROM orders WHERE cart = ? AND incarnation = ?", arguments: [cart, incarnation]) != nil
    }

    static func insert(_ draft: OrderDraft, in db: Database) throws -> Order {
        try db.execute(
            sql: "INSERT INTO orders (key, request, cart, incarnation, version, total) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                draft.key, draft.request, draft.cart, draft.version.incarnation, draft.version.description,
                draft.lines.total.value,
            ])
        let id = Int(db.lastInsertedRowID)
        for (position, line) in draft.lines.enumerated() {
            try db.execute(
                sql: "INSERT INTO order_lines (order_id, position, product, quantity, price) VALUES (?, ?, ?, ?, ?)",
                arguments: [id, position, line.product, line.quantity, line.price.value])
        }
        return Order(
            order: id, key: draft.key, cart: draft.cart, version: draft.version.description, lines: draft.lines,
            total: draft.lines.total)
    }

    private static func order(_ row: Row, in db: Database) throws -> Order {
        let id: Int = row["id"]
        let lines = try Row.fetchAll(
            db, sql: "SELECT * FROM order_lines WHERE order_id = ? ORDER BY position", arguments: [id]
        ).map { CartLine(product: $0["product"], quantity: $0["quantity"], price: Cents($0["price"])) }
        return Order(
            order: id, key: row["key"], cart: row["cart"], version: row["version"], lines: lines,
            total: Cents(row["total"]))
    }
}
