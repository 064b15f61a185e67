public import BankWire
import GRDB

/// What the bank has done and what it has refused, one entry for each key, each on disk before it is told.
public struct BankLedger: Sendable {
    private let queue: DatabaseQueue
    private let limit: Int
    private let forgetsKeys: Bool

    /// Opens the file, which is made if it is not there. Waits for the disk.
    ///
    /// - Parameters:
    ///   - limit: Captures of more cents are refused.
    ///   - forgetsKeys: A planted defect: every request is taken for a new one.
    public init(path: String, limit: Int = 1_000_000, forgetsKeys: Bool = false) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(4)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.limit = limit
        self.forgetsKeys = forgetsKeys
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS entries (
                        receipt INTEGER PRIMARY KEY AUTOINCREMENT,
                        key TEXT NOT NULL \(forgetsKeys ? "" : "UNIQUE"),
                        kind TEXT NOT NULL CHECK (kind IN ('capture', 'refund')),
                        amount INTEGER NOT NULL CHECK (amount > 0),
                        capture TEXT,
                        refusal TEXT
                    );
                    CREATE INDEX IF NOT EXISTS captures ON entries (capture);
                    """)
        }
    }

    /// Does what is asked, unless the key has been seen: then says what was said the first time.
    public func answer(to request: BankRequest) async throws -> BankAnswer {
        try await queue.write { [self] db in
            if !forgetsKeys, let first = try Entry.find(request.key, in: db) {
                return first.isFor(request) ? first.answer : .keyReused(key: request.key)
            }
            var entry = Entry(request)
            entry.refusal = try refusal(of: request, in: db)
            try entry.insert(in: db)
            return entry.answer
        }
    }

    /// What was said about a key.
    public func answer(toKey key: String) async throws -> BankAnswer? {
        try await queue.read { db in try Entry.find(key, in: db)?.answer }
    }

    public func close() throws { try queue.close() }

    private func refusal(of request: BankRequest, in db: Database) throws -> String? {
        switch request {
        case .capture(_, let amount):
            return amount > limit ? "over-limit" : nil
        case .refund(_, let amount, let capture):
            guard let taken = try Entry.find(capture, in: db), taken.kind == "capture", taken.refusal == nil else {
                return "no-such-capture"
            }
            let given = try Int.fetchOne(
                db, sql: "SELECT SUM(amount) FROM entries WHERE capture = ? AND refusal IS NULL",
                arguments: [capture])
            // Nobody says that what is asked for can be added to anything.
            return amount > taken.amount - (given ?? 0) ? "more-than-captured" : nil
        }
    }
}

/// A row.
private struct Entry {
    var receipt = 0
    let key: String
    let kind: String
    let amount: Int
    let capture: String?
    var refusal: String?

    init(_ request: BankRequest) {
        key = request.key
        switch request {
        case .capture(_, let amount):
            (kind, self.amount, capture) = ("capture", amount, nil)
        case .refund(_, let amount, let of):
            (kind, self.amount, capture) = ("refund", amount, of)
        }
    }

    private init(_ row: Row) {
        receipt = row["receipt"]
        key = row["key"]
        kind = row["kind"]
        amount = row["amount"]
        capture = row["capture"]
        refusal = row["refusal"]
    }

    static func find(_ key: String, in db: Database) throws -> Entry? {
        try Row.fetchOne(db, sql: "SELECT * FROM entries WHERE key = ? ORDER BY receipt", arguments: [key]).map(
            Self.init)
    }

    mutating func insert(in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO entries (key, kind, amount, capture, refusal) VALUES (?, ?, ?, ?, ?)",
            arguments: [key, kind, amount, capture, refusal])
        receipt = Int(db.lastInsertedRowID)
    }

    /// A key is bound to all that was asked under it, the amount before all.
    func isFor(_ request: BankRequest) -> Bool {
        let other = Entry(request)
        return other.kind == kind && other.amount == amount && other.capture == capture
    }

    var answer: BankAnswer {
        if let refusal { return .refused(key: key, why: refusal) }
        return .done(key: key, amount: amount, receipt: receipt)
    }
}
