import ShopCore
import ShopStore

/// How an order is placed, over cart and database: at every step it may be asked again under its key, also while an
/// earlier attempt is still under way.
struct Orders: Sendable {
    let carts: Carts
    let connections: ConnectionPool
    let events: OrderEvents

    func place(_ request: OrderRequest, key: String) async throws(Problem) -> ShopDatabase.Placement {
        let placement = try await placement(request, key: key)
        carts.ordered(request.cart, key: key)
        switch placement {
        case .placed(let order): try await events.tell(of: order, isNew: true)
        case .alreadyPlaced(let order): try await events.tell(of: order, isNew: false)
        }
        return placement
    }

    private func placement(_ request: OrderRequest, key: String) async throws(Problem) -> ShopDatabase.Placement {
        if let order = try await connections.order(key: key, request: request.canonical) {
            return .alreadyPlaced(order)
        }
        let draft: OrderDraft
        do throws(Problem) {
            draft = try await carts.checkOut(request, key: key)
        } catch  where error.status == 410 {
            // The cart is gone, but an earlier attempt at this order may have taken it to the database. Whichever
            // comes first there, order or refusal, is the truth.
            guard let order = try await connections.refuse(key: key, request: request) else { throw error }
            return .alreadyPlaced(order)
        }
        // Unless the database answers, nobody knows whether it is placed; the cart stays held for its key.
        switch try await connections.place(draft) {
        case .success(let placement):
            return placement
        case .failure(let problem):
            if problem.status < 500 { carts.release(request.cart, key: key) }
            throw problem
        }
    }
}
