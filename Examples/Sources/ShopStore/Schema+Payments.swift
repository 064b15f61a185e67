import GRDB

extension Schema {
    /// One payment for each order at most, under one key: begun before the bank hears of it, and open until it is known
    /// what the bank did.
    static func createPayments(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS payments (
                    order_id INTEGER PRIMARY KEY REFERENCES orders (id),
                    key TEXT NOT NULL UNIQUE,
                    amount INTEGER NOT NULL CHECK (amount > 0),
                    state TEXT NOT NULL
                        CHECK (state IN ('capturing', 'captured', 'declined', 'refunding', 'refunded')),
                    epoch INTEGER NOT NULL,
                    receipt INTEGER,
                    refund_receipt INTEGER,
                    why TEXT,
                    CHECK ((receipt IS NULL) = (state IN ('capturing', 'declined'))),
                    CHECK ((refund_receipt IS NULL) = (state != 'refunded'))
                );
                CREATE INDEX IF NOT EXISTS open_payments ON payments (order_id)
                    WHERE state IN ('capturing', 'refunding');
                """)
    }
}
