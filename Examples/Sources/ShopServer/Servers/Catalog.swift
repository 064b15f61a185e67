import OTP
import ShopCore

/// Products, from the cache if it has them and lives, from the database otherwise.
struct Catalog: Sendable {
    let connections: ConnectionPool

    func product(_ id: String) async throws(Problem) -> Product {
        if let cached = try? await ServerName.catalog.call(timeout: .seconds(1), { .product(id, $0) }) { return cached }
        guard let product = try await connections.product(id) else { throw .notFound("there is no product '\(id)'") }
        ServerName.catalog.cast(.put(product))
        return product
    }

    func products() async throws(Problem) -> [Product] { try await connections.products() }
}
