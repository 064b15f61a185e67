import Logging
import OTP
import ShopCore

/// Products that were asked for lately; at most `limit` of them. What it costs to lose it is a few reads.
struct ProductCache: SynchronousGenServer {
    enum Call: Sendable {
        case product(String, Reply<Product?>)
        case size(Reply<Int>)
    }
    enum Cast: Sendable {
        case put(Product)
        /// For drills.
        case breakDown
    }

    private let limit: Int
    private let logger: Logger
    private var products: [String: Product] = [:]
    private var order: [String] = []
    private var hits = 0
    private var misses = 0

    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .product(let id, let reply):
            let product = products[id]
            if product == nil { misses += 1 } else { hits += 1 }
            return reply(product)
        case .size(let reply):
            return reply(products.count)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .put(let product):
            if products[product.id] == nil {
                if order.count >= limit { products[order.removeFirst()] = nil }
                order.append(product.id)
            }
            products[product.id] = product
            return .receive
        case .breakDown:
            throw Broken()
        }
    }

    func terminate(reason: ExitReason, _ me: Me) {
        logger.info("product cache ends", metadata: ["hits": "\(hits)", "misses": "\(misses)", "reason": "\(reason)"])
    }
}

extension ServerName<ProductCache> { static let catalog: Self = "catalog" }
