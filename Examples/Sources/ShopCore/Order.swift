/// An order that a cart has agreed to and that is not in the books yet.
public struct OrderDraft: Hashable, Sendable {
    /// The `Idempotency-Key` it was sent under.
    public let key: String
    /// `OrderRequest.canonical`.
    public let request: String
    public let cart: String
    public let version: CartVersion
    public let lines: [CartLine]

    public init(key: String, request: String, cart: String, version: CartVersion, lines: [CartLine]) {
        self.key = key
        self.request = request
        self.cart = cart
        self.version = version
        self.lines = lines
    }
}

/// An order in the books.
public struct Order: Hashable, Sendable, Codable {
    public let order: Int
    public let key: String
    public let cart: String
    public let version: String
    public let lines: [CartLine]
    public let total: Cents

    public init(order: Int, key: String, cart: String, version: String, lines: [CartLine], total: Cents) {
        self.order = order
        self.key = key
        self.cart = cart
        self.version = version
        self.lines = lines
        self.total = total
    }
}
