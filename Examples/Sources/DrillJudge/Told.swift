import Foundation

/// What the shop said, as far as a client understands it.
enum Told {
    struct Cart: Decodable, Sendable {
        let cart: String
        let version: String
        let lines: [Books.Line]
        let total: Int
    }

    /// Three parts, each there or named as missing; a cart may also just not be.
    struct Profile: Decodable, Sendable {
        struct Numbered: Decodable, Sendable { let order: Int }
        struct Suggested: Decodable, Sendable { let id: String }
        let orders: [Numbered]?
        let cart: Cart?
        let suggestions: [Suggested]?
        let missing: [String: String]

        /// What is neither there nor said to be missing, or both.
        var muddled: [String] {
            var parts: [String] = []
            if (orders != nil) == (missing["orders"] != nil) { parts.append("orders") }
            if (suggestions != nil) == (missing["suggestions"] != nil) { parts.append("suggestions") }
            if cart != nil, missing["cart"] != nil { parts.append("cart") }
            return parts
        }
    }

    struct Order: Decodable, Sendable { let order: Int, key: String }
    struct Named: Decodable, Sendable { let cart: String, version: String }
    private struct Refusal: Decodable { let code: String }

    static func cart(_ body: String) -> Cart? { decode(body) }
    static func profile(_ body: String) -> Profile? { decode(body) }
    static func order(_ body: String) -> Order? { decode(body) }
    static func named(_ body: String) -> Named? { decode(body) }
    static func code(_ body: String) -> String? { (decode(body) as Refusal?)?.code }

    private static func decode<T: Decodable>(_ body: String) -> T? {
        try? JSONDecoder().decode(T.self, from: Data(body.utf8))
    }
}
