/// Why a request was not done, in words for whoever sent it.
public struct Problem: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// HTTP status.
    public let status: Int
    /// For programs: one word, never changed.
    public let code: String
    /// For people: what was wrong, and what would be right.
    public let message: String

    public init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    public var description: String { "\(status) \(code): \(message)" }
}

extension Problem {
    public static func invalid(_ code: String, _ message: String) -> Problem { Problem(400, code, message) }
    public static func notFound(_ message: String) -> Problem { Problem(404, "not_found", message) }
    public static func conflict(_ code: String, _ message: String) -> Problem { Problem(409, code, message) }
    public static func gone(_ message: String) -> Problem { Problem(410, "cart_gone", message) }
    public static func unavailable(_ code: String, _ message: String) -> Problem { Problem(503, code, message) }
}
