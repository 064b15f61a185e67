/// How many requests each client may still send.
public struct TokenBuckets: Sendable {
    public let capacity: Int
    /// Tokens given back at each refill.
    public let refill: Int
    /// Clients that are remembered; a flood of made-up names cannot grow it further.
    public let mostClients: Int
    private var tokens: [String: Int] = [:]

    public init(capacity: Int, refill: Int, mostClients: Int = 10_000) {
        self.capacity = capacity
        self.refill = refill
        self.mostClients = mostClients
    }

    public var clients: Int { tokens.count }

    public mutating func take(for client: String) -> Bool {
        if tokens[client] == nil, tokens.count >= mostClients { return false }
        let left = tokens[client, default: capacity]
        tokens[client] = max(left - 1, 0)
        return left > 0
    }

    /// A full bucket is one that nobody needs to remember.
    public mutating func refillAll() {
        tokens = tokens.compactMapValues { left in
            let filled = left + refill
            return filled >= capacity ? nil : filled
        }
    }
}
