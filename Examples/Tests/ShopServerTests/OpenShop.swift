import DrillClient
import Foundation
import Logging
import ShopServer

/// A shop on a port of its own with a fresh database, and a client of it. Names are the program's, so shops are
/// tested one after the other.
struct OpenShop {
    let shop: Shop
    let client: HTTPConnection
    private let folder: URL

    static func open(_ change: (inout ShopSettings) -> Void = { _ in }) async throws -> OpenShop {
        let folder = FileManager.default.temporaryDirectory.appending(path: "storefront-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var settings = ShopSettings(database: folder.appending(path: "shop.sqlite").path)
        settings.port = 0
        settings.drain = .zero
        settings.requestsPerSecond = 100_000
        settings.burst = 100_000
        settings.logger.logLevel = .error
        change(&settings)
        let shop = try await Shop.start(settings)
        return OpenShop(shop: shop, client: try await HTTPConnection.open(port: shop.port), folder: folder)
    }

    /// Opens a shop, uses it, closes it whatever happens.
    static func with(
        _ change: (inout ShopSettings) -> Void = { _ in }, _ body: (OpenShop) async throws -> Void
    ) async throws {
        let open = try await open(change)
        do {
            try await body(open)
        } catch {
            await open.close()
            throw error
        }
        await open.close()
    }

    private func close() async {
        client.close()
        _ = await shop.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    func ask(
        _ method: String, _ path: String, _ body: String? = nil, key: String? = nil, headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        // A refused body may cost the connection.
        let connection = client.isOpen ? client : try await HTTPConnection.open(port: shop.port)
        return try await connection.send(
            method, path, headers: headers + (key.map { [("Idempotency-Key", $0)] } ?? []), body: body,
            within: .seconds(10))
    }

    /// The cart's document, with tea and salt in it.
    func fill(_ cart: String) async throws -> String {
        _ = try await ask("PUT", "/carts/\(cart)/lines/tea", #"{"quantity":2}"#)
        return try await ask("PUT", "/carts/\(cart)/lines/salt", #"{"quantity":1}"#).body
    }
}

extension HTTPAnswer {
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
    var code: String? { json["code"] as? String }
    var message: String { json["message"] as? String ?? "" }
}
