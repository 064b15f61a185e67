public import Foundation
import GRDB

/// The money, as the shop's database has it and as the bank's ledger has it, read with statements of the judge's own.
public struct Accounts: Sendable {
    /// A row of the shop's payments.
    public struct Payment: Hashable, Sendable {
        public var order: Int
        /// What the order came to.
        public var total: Int
        public var key: String
        public var amount: Int
        public var state: String
        public var receipt: Int?
        public var refundReceipt: Int?

        public init(
            order: Int, total: Int, key: String, amount: Int, state: String, receipt: Int? = nil,
            refundReceipt: Int? = nil
        ) {
            self.order = order
            self.total = total
            self.key = key
            self.amount = amount
            self.state = state
            self.receipt = receipt
            self.refundReceipt = refundReceipt
        }
    }

    /// A row of the bank's ledger.
    public struct Entry: Hashable, Sendable {
        public var receipt: Int
        public var key: String
        public var kind: String
        public var amount: Int
        /// For a refund: the key of the capture.
        public var capture: String?
        public var refusal: String?

        public init(
            receipt: Int, key: String, kind: String = "capture", amount: Int, capture: String? = nil,
            refusal: String? = nil
        ) {
            self.receipt = receipt
            self.key = key
            self.kind = kind
            self.amount = amount
            self.capture = capture
            self.refusal = refusal
        }
    }

    public var payments: [Payment]
    public var ledger: [Entry]
    /// What SQLite's own check says of the ledger; "ok" when nothing is wrong.
    public var integrity: String

    public init(payments: [Payment], ledger: [Entry], integrity: String = "ok") {
        self.payments = payments
        self.ledger = ledger
        self.integrity = integrity
    }

    public init(database: URL, ledger: URL) throws {
        payments = try Self.open(database).read { db in
            let sql = "SELECT orders.total, payments.* FROM payments JOIN orders ON orders.id = payments.order_id"
            return try Row.fetchAll(db, sql: sql + " ORDER BY order_id").map { row in
                Payment(
                    order: row["order_id"], total: row["total"], key: row["key"], amount: row["amount"],
                    state: row["state"], receipt: row["receipt"], refundReceipt: row["refund_receipt"])
            }
        }
        (self.ledger, integrity) = try Self.open(ledger).read { db in
            let entries = try Row.fetchAll(db, sql: "SELECT * FROM entries ORDER BY receipt").map { row in
                Entry(
                    receipt: row["receipt"], key: row["key"], kind: row["kind"], amount: row["amount"],
                    capture: row["capture"], refusal: row["refusal"])
            }
            return (entries, try String.fetchAll(db, sql: "PRAGMA integrity_check").joined(separator: "; "))
        }
    }

    private static func open(_ file: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: file.path, configuration: configuration)
    }
}
