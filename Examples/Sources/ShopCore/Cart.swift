/// What is in a cart and whether it may change: decisions only, the process around it is elsewhere.
public struct Cart: Sendable {
    public static let mostLines = 50
    public static let mostOfOne = 99

    public let name: String
    public let incarnation: String
    private var lines: [CartLine] = []
    private var changes = 0
    /// The key of the order that is being placed. Nothing changes meanwhile.
    private var checkOutKey: String?

    public init(name: String, incarnation: String) {
        self.name = name
        self.incarnation = incarnation
    }

    public var version: CartVersion { CartVersion(incarnation: incarnation, changes: changes) }

    public var document: CartDocument {
        CartDocument(cart: name, version: version.description, lines: lines, total: lines.total)
    }

    /// Makes it `quantity` of `product`; 0 takes the line out.
    public mutating func set(_ product: Product, quantity: Int) throws(Problem) {
        guard (0...Self.mostOfOne).contains(quantity) else {
            throw .invalid("bad_quantity", "'quantity' must be 0 to \(Self.mostOfOne), not \(quantity)")
        }
        guard checkOutKey == nil else {
            throw .conflict("being_ordered", "cart '\(name)' is being ordered and cannot change")
        }
        let index = lines.firstIndex { $0.product == product.id }
        let line = CartLine(product: product.id, quantity: quantity, price: product.price)
        if let index {
            if lines[index] == line { return }
            if quantity == 0 { lines.remove(at: index) } else { lines[index] = line }
        } else {
            if quantity == 0 { return }
            guard lines.count < Self.mostLines else {
                throw .conflict("cart_full", "a cart holds at most \(Self.mostLines) different products")
            }
            lines.append(line)
        }
        changes += 1
    }

    /// Holds the cart still for the order under `key`. Asked again with the same key, it gives the same answer.
    public mutating func checkOut(_ request: OrderRequest, key: String) throws(Problem) -> OrderDraft {
        guard request.version.incarnation == incarnation else { throw .lost(cart: name) }
        guard request.version == version else {
            throw .conflict(
                "cart_changed", "cart '\(name)' is at version \(version), the order names \(request.version)")
        }
        guard checkOutKey == nil || checkOutKey == key else {
            throw .conflict("being_ordered", "cart '\(name)' is being ordered under another key")
        }
        guard !lines.isEmpty else { throw .conflict("cart_empty", "cart '\(name)' is empty") }
        try request.agrees(with: document)
        checkOutKey = key
        return OrderDraft(key: key, request: request.canonical, cart: name, version: version, lines: lines)
    }

    /// Whether it waits for the order under `key`.
    public func isHeld(for key: String) -> Bool { checkOutKey == key }

    /// The order under `key` was not placed: the cart may change again.
    public mutating func release(key: String) {
        if checkOutKey == key { checkOutKey = nil }
    }
}

extension Problem {
    public static func lost(cart: String) -> Problem {
        .gone(
            "cart '\(cart)' of that version is gone: it was ordered, left alone too long, or lost in a crash. Fill a new one"
        )
    }
}
