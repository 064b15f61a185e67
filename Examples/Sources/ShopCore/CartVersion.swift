/// Which cart, and after how many changes. A cart that was lost and began again has another incarnation, so that a
/// version named by a customer can never mean another cart's contents.
public struct CartVersion: Hashable, Sendable, CustomStringConvertible {
    public let incarnation: String
    public let changes: Int

    public init(incarnation: String, changes: Int) {
        self.incarnation = incarnation
        self.changes = changes
    }

    public init(parsing text: String) throws(Problem) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let changes = Int(parts[1]), changes >= 0, !parts[0].isEmpty, parts[0].count <= 16,
            parts[0].allSatisfy({ $0.isASCII && $0.isHexDigit })
        else { throw .invalid("bad_version", "'version' must be as the cart gave it, such as \"5f3a90c2.3\"") }
        self.init(incarnation: String(parts[0]), changes: changes)
    }

    public var description: String { "\(incarnation).\(changes)" }
}
