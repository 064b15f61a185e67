public import OTP

/// Shopping cart: one process for each customer, begun by the first item, found by the customer's name.
public struct ShoppingCart: SynchronousGenServer {
    public enum Call: Sendable {
        case add(String, quantity: Int, Reply<Int>)
        case items(Reply<[String: Int]>)
    }

    private var items: [String: Int] = [:]

    public init() {}

    public mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .add(let item, let quantity, let reply):
            items[item, default: 0] += quantity
            return reply(items[item] ?? 0)
        case .items(let reply):
            return reply(items)
        }
    }
}

/// The carts of all customers. `supervisor` stands in a tree.
public struct ShoppingCarts: Sendable {
    public let supervisor = DynamicSupervisor<String, ServerRef<ShoppingCart>>(
        "shopping carts", name: { ShoppingCarts.name($0) }, of: { _, _ in ShoppingCart() })

    public init() {}

    public static func name(_ customer: String) -> ServerName<ShoppingCart> { "shopping cart of \(customer)" }

    /// How many of `item` there are then.
    @discardableResult public func add(_ item: String, quantity: Int = 1, for customer: String) async throws -> Int {
        let cart = Self.name(customer)
        if cart.whereIs() == nil {
            do { try await supervisor.startChild(customer) } catch let error as SupervisorError {
                // Somebody else has begun it at the same moment: there is one, and that is what was wanted.
                guard case .alreadyStarted = error.code else { throw error }
            }
        }
        return try await cart.call { .add(item, quantity: quantity, $0) }
    }
}
