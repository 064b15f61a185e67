/// One line of a client's log: what it asked, or what it was told.
public struct ClientLine: Codable, Hashable, Sendable {
    public enum Event: String, Codable, Sendable {
        /// Written before the request leaves.
        case ask
        /// An HTTP answer, whatever its status.
        case answer
        /// The connection broke, or nothing came in time.
        case lost
    }

    /// Milliseconds since the run began.
    public var at: Double
    public var client: Int
    /// Counts a client's requests; a resent one keeps its number.
    public var request: Int
    /// 1 for the first time it is sent.
    public var attempt: Int
    public var event: Event
    /// What it is about: "order", "cart", "products", …
    public var operation: String
    public var method: String?
    public var path: String?
    /// The `Idempotency-Key`.
    public var key: String?
    public var body: String?
    public var status: Int?
    /// What broke.
    public var error: String?

    public init(
        at: Double, client: Int, request: Int, attempt: Int, event: Event, operation: String, method: String? = nil,
        path: String? = nil, key: String? = nil, body: String? = nil, status: Int? = nil, error: String? = nil
    ) {
        self.at = at
        self.client = client
        self.request = request
        self.attempt = attempt
        self.event = event
        self.operation = operation
        self.method = method
        self.path = path
        self.key = key
        self.body = body
        self.status = status
        self.error = error
    }
}
