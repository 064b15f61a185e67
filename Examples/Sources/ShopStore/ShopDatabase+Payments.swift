import GRDB
public import ShopCore

/// Payments in the books. Every function says how the payment stands afterwards, and may be asked again: what has been
/// done is not done twice.
extension ShopDatabase {
    /// The order's payment; nil if there is no such order.
    public func payment(order: Int) async throws -> Payment? {
        try await read { db in try PaymentBooks.find(order, in: db) }
    }

    /// Takes charge of the order's payment, if one was begun: whoever had it before may not write any more.
    public func claimPayment(order: Int) async throws -> Payment? {
        try await write(carefully: true) { db in
            try db.execute(sql: "UPDATE payments SET epoch = epoch + 1 WHERE order_id = ?", arguments: [order])
            return try PaymentBooks.find(order, in: db)
        }
    }

    /// Notes that the bank is going to be asked for `payment`, before it is. Takes charge of it besides; if somebody
    /// has begun it meanwhile, the answer says how it stands.
    public func intendCapture(_ payment: Payment) async throws -> Payment? {
        try await write(carefully: true) { db in
            try db.execute(
                sql: """
                    INSERT INTO payments (order_id, key, amount, state, epoch) VALUES (?, ?, ?, 'capturing', 1)
                    ON CONFLICT (order_id) DO UPDATE SET epoch = epoch + 1
                    """,
                arguments: [payment.order, payment.key, payment.amount.value])
            return try PaymentBooks.find(payment.order, in: db)
        }
    }

    /// Notes that the bank is going to be asked for the money back; only what is known to be captured can be.
    public func intendRefund(_ payment: Payment) async throws -> Payment? {
        try await write(carefully: true) { db in
            try db.execute(
                sql: "UPDATE payments SET state = 'refunding' WHERE order_id = ? AND state = 'captured' AND epoch = ?",
                arguments: [payment.order, payment.epoch])
            return try PaymentBooks.find(payment.order, in: db)
        }
    }

    /// Notes what the bank did, if the payment is still in that state and in that charge.
    public func settle(_ payment: Payment, _ outcome: PaymentOutcome) async throws -> Payment? {
        try await write(carefully: true) { db in
            let (set, value): (String, any DatabaseValueConvertible) =
                switch outcome {
                case .captured(let receipt): ("state = 'captured', receipt = ?", receipt)
                case .declined(let why): ("state = 'declined', why = ?", why)
                case .refunded(let receipt): ("state = 'refunded', refund_receipt = ?", receipt)
                case .refundRefused(let why): ("state = 'captured', why = ?", why)
                }
            try db.execute(
                sql: "UPDATE payments SET \(set) WHERE order_id = ? AND state = ? AND epoch = ?",
                arguments: [value, payment.order, payment.state.rawValue, payment.epoch])
            return try PaymentBooks.find(payment.order, in: db)
        }
    }

    /// Orders for which it is unknown what the bank did.
    public func openPayments() async throws -> [Int] {
        try await read { db in
            try Int.fetchAll(
                db, sql: "SELECT order_id FROM payments WHERE state IN ('capturing', 'refunding') ORDER BY order_id")
        }
    }
}

private enum PaymentBooks {
    static func find(_ order: Int, in db: Database) throws -> Payment? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT orders.id, orders.incarnation, orders.total, payments.*
                FROM orders LEFT JOIN payments ON payments.order_id = orders.id WHERE orders.id = ?
                """,
            arguments: [order])
        guard let row else { return nil }
        guard let state = (row["state"] as String?).flatMap(Payment.State.init) else {
            return Payment(
                order: order, key: Payment.key(order: order, incarnation: row["incarnation"]),
                amount: Cents(row["total"]))
        }
        return Payment(
            order: order, key: row["key"], amount: Cents(row["amount"]), state: state, epoch: row["epoch"],
            receipt: row["receipt"], refundReceipt: row["refund_receipt"], why: row["why"])
    }
}
