import ShopCore
import ShopStore

/// How an order is placed, over cart and database: at every step it may be asked again under its key.
struct Orders: Sendable {
    let carts: Carts
    let connections: ConnectionPool

    func place(_ request: OrderRequest, key: String) async throws(Problem) -> ShopDatabase.Placement {
        if let order = try await connections.order(key: key, request: request.canonical) {
            return .alreadyPlaced(order)
        }
        let draft: OrderDraft
        do throws(Problem) {
            draft = try await carts.checkOut(request, key: key)
        } catch {
            // The first attempt at this very order may have ended its cart meanwhile.
            if let order = try await connections.order(key: key, request: request.canonical) {
                return .alreadyPlaced(order)
            }
            throw error
        }
        // Unless the database answers, nobody knows whether it is placed; the cart stays held for its key.
        switch try await connections.place(draft) {
        case .success(let placement):
            await carts.ordered(request.cart)
            return placement
        case .failure(let problem):
            if problem.status < 500 { carts.release(request.cart, key: key) }
            throw problem
        }
    }
}
