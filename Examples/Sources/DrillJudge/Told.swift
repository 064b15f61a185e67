import Foundation

/// What the shop said, as far as a client understands it.
enum Told {
    struct Cart: Decodable, Sendable {
        let cart: String
        let version: String
        let lines: [Books.Line]
        let total: Int
    }

    struct Order: Decodable, Sendable { let order: Int, key: String }
    struct Named: Decodable, Sendable { let cart: String, version: String }
    private struct Refusal: Decodable { let code: String }

    static func cart(_ body: String) -> Cart? { decode(body) }
    static func order(_ body: String) -> Order? { decode(body) }
    static func named(_ body: String) -> Named? { decode(body) }
    static func code(_ body: String) -> String? { (decode(body) as Refusal?)?.code }

    private static func decode<T: Decodable>(_ body: String) -> T? {
        try? JSONDecoder().decode(T.self, from: Data(body.utf8))
    }
}
