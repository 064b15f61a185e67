public import Logging

/// What a shop is started with.
public struct ShopSettings: Sendable {
    /// 0 for any that is free.
    public var port = 8080
    /// SQLite's file; made if it is not there.
    public var database: String
    /// A JSON file with the configuration; nil for none.
    public var configuration: String?
    /// A file to which a line for each order is added; nil for none.
    public var audit: String?
    /// How long a session lives without a request.
    public var sessionIdle: Duration = .seconds(30)
    /// How long a cart lives without a request.
    public var cartIdle: Duration = .seconds(1_800)
    /// Requests a client may send each second, and how many at once.
    public var requestsPerSecond = 200
    public var burst = 400
    /// Products that are remembered.
    public var productLimit = 100
    /// The secret that opens the routes under /faults; closed without one.
    public var faultToken: String?
    /// How long the shop still serves after it has said that it is not ready any more.
    public var drain: Duration = .milliseconds(500)
    /// Without one nobody can pay.
    public var bank: BankSetting?
    /// How long the bank has for an answer before it is asked again.
    public var bankPatience: Duration = .seconds(1)
    /// For tests: every start of the storage takes so long.
    public var slowStart: Duration = .zero
    /// For tests: if there is one, the storage calls it and then never starts, and nobody kills it for that.
    public var whenStuck: (@Sendable () -> Void)?
    /// For tests of the drill: what its judge has to find.
    public var defect: Defect?
    public var logger = Logger(label: "storefront")

    public init(database: String) { self.database = database }
}
