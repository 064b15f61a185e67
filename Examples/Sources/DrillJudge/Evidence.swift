public import DrillLog

/// Everything a judgement rests on: what clients noted, what was done to the shop, how its process looked from
/// outside, what its database holds.
public struct Evidence: Sendable {
    public var run: RunRecord
    public var clients: [[ClientLine]]
    public var faults: [FaultLine]
    public var samples: [SampleLine]
    public var books: Books
    /// The shop's audit trail; nil if none was kept.
    public var audit: [AuditLine]?
    /// The money, as shop and bank have it; nil if there was no bank.
    public var accounts: Accounts?

    public init(
        run: RunRecord, clients: [[ClientLine]], faults: [FaultLine], samples: [SampleLine] = [], books: Books,
        audit: [AuditLine]? = nil, accounts: Accounts? = nil
    ) {
        self.run = run
        self.clients = clients
        self.faults = faults
        self.samples = samples
        self.books = books
        self.audit = audit
        self.accounts = accounts
    }
}
