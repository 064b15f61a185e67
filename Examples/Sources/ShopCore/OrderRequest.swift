/// The body of `POST /orders`: a cart at a version, and, if the customer wishes, what is believed to be in it.
public struct OrderRequest: Hashable, Sendable {
    public struct Line: Hashable, Sendable, Codable {
        public let product: String
        public let quantity: Int

        public init(product: String, quantity: Int) {
            self.product = product
            self.quantity = quantity
        }
    }

    public let cart: String
    public let version: CartVersion
    public let lines: [Line]?
    public let total: Cents?

    public init(cart: String, version: CartVersion, lines: [Line]? = nil, total: Cents? = nil) {
        self.cart = cart
        self.version = version
        self.lines = lines
        self.total = total
    }

    /// Equal for equal requests however they were written: what is kept to tell a repetition from another order.
    public var canonical: String {
        var parts = ["\(cart)@\(version)"]
        if let lines { parts.append(lines.map { "\($0.product)*\($0.quantity)" }.joined(separator: ",")) }
        if let total { parts.append("=\(total.value)") }
        return parts.joined(separator: " ")
    }

    func agrees(with cart: CartDocument) throws(Problem) {
        if let lines, lines != cart.lines.map({ Line(product: $0.product, quantity: $0.quantity) }) {
            throw .conflict("lines_differ", "the 'lines' of the order are not those of cart '\(cart.cart)'")
        }
        if let total, total != cart.total {
            throw .conflict("total_differs", "cart '\(cart.cart)' comes to \(cart.total), the order says \(total)")
        }
    }
}

extension OrderRequest: Decodable {
    private enum Keys: String, CodingKey { case cart, version, lines, total }

    public init(from decoder: any Decoder) throws {
        let body = try decoder.container(keyedBy: Keys.self)
        self.init(
            cart: try Identifier.checked(try body.decode(String.self, forKey: .cart), "'cart'"),
            version: try CartVersion(parsing: try body.decode(String.self, forKey: .version)),
            lines: try body.decodeIfPresent([Line].self, forKey: .lines),
            total: try body.decodeIfPresent(Cents.self, forKey: .total))
    }
}
