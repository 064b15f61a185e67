/// A line of the shop's audit trail.
public struct AuditLine: Codable, Hashable, Sendable {
    public var order: Int
    public var key: String
    public var total: Int

    public init(order: Int, key: String, total: Int) {
        self.order = order
        self.key = key
        self.total = total
    }
}
