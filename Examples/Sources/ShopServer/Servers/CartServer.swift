import OTP
import ShopCore

/// One customer's cart. It lives in memory alone: what a crash takes with it, its customer is told (410).
struct CartServer: SynchronousGenServer {
    enum Call: Sendable {
        case show(Reply<CartDocument>)
        case set(Product, quantity: Int, Reply<Result<CartDocument, Problem>>)
        case checkOut(OrderRequest, key: String, Reply<Result<OrderDraft, Problem>>)
    }
    enum Cast: Sendable {
        /// The order is in the books: the cart ends, if it is the one that was ordered.
        case ordered(key: String)
        /// The order was refused: the cart may change again.
        case release(key: String)
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case expired }

    private var cart: Cart
    private let idleLimit: Duration

    init(name: String, idleLimit: Duration) {
        cart = Cart(name: name, incarnation: String(UInt64.random(in: 0...UInt64.max), radix: 16))
        self.idleLimit = idleLimit
    }

    func handleStart(_ me: Me) -> Next { waiting }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .show(let reply):
            reply(cart.document)
        case .set(let product, let quantity, let reply):
            reply(
                attempt { cart throws(Problem) in
                    try cart.set(product, quantity: quantity); return cart.document
                })
        case .checkOut(let request, let key, let reply):
            reply(attempt { cart throws(Problem) in try cart.checkOut(request, key: key) })
        }
        return waiting
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .ordered(let key): if cart.isHeld(for: key) { return .stop }
        case .release(let key): cart.release(key: key)
        case .breakDown: throw Broken()
        }
        return waiting
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next { .stop }

    private var waiting: Next { .receive(within: idleLimit, else: .expired) }

    private mutating func attempt<T>(_ body: (inout Cart) throws(Problem) -> T) -> Result<T, Problem> {
        do throws(Problem) { return .success(try body(&cart)) } catch { return .failure(error) }
    }
}

extension ServerName<CartServer> {
    static func cart(_ name: String) -> Self { "cart \(name)" }
}
