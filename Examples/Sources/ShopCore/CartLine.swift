/// So many of one product, at the price it had when it was put in.
public struct CartLine: Hashable, Sendable, Codable {
    public let product: String
    public let quantity: Int
    public let price: Cents

    public init(product: String, quantity: Int, price: Cents) {
        self.product = product
        self.quantity = quantity
        self.price = price
    }

    public var total: Cents { price * quantity }
}

extension Sequence<CartLine> {
    public var total: Cents { reduce(Cents(0)) { $0 + $1.total } }
}

/// A cart as its customer sees it. Posted back as it is, it is an order.
public struct CartDocument: Hashable, Sendable, Codable {
    public let cart: String
    public let version: String
    public let lines: [CartLine]
    public let total: Cents

    public init(cart: String, version: String, lines: [CartLine], total: Cents) {
        self.cart = cart
        self.version = version
        self.lines = lines
        self.total = total
    }
}
