public import OTP

/// Cache server: put, get, delete, clear, size; never more than `limit` entries; tells hits and misses at its end.
public struct Cache<Key: Hashable & Sendable, Value: Sendable>: GenServer {
    public struct Full: Error, Equatable {}
    public struct Statistics: Sendable, Equatable {
        public var hits = 0
        public var misses = 0

        public init(hits: Int = 0, misses: Int = 0) {
            self.hits = hits
            self.misses = misses
        }
    }

    public enum Call: Sendable {
        case put(Key, Value, Reply<Result<Void, Full>>)
        case get(Key, Reply<Value?>)
        case size(Reply<Int>)
    }
    public enum Cast: Sendable { case delete(Key), clear }

    private let limit: Int
    private let atEnd: @Sendable (Statistics) -> Void
    private var entries: [Key: Value] = [:]
    private var statistics = Statistics()

    public init(limit: Int = 1_000, atEnd: @escaping @Sendable (Statistics) -> Void = { _ in }) {
        self.limit = limit
        self.atEnd = atEnd
    }

    public mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .put(let key, let value, let reply):
            guard entries.count < limit || entries[key] != nil else { return reply(.failure(Full())) }
            entries[key] = value
            return reply(.success(()))
        case .get(let key, let reply):
            let value = entries[key]
            if value == nil { statistics.misses += 1 } else { statistics.hits += 1 }
            return reply(value)
        case .size(let reply):
            return reply(entries.count)
        }
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .delete(let key): entries[key] = nil
        case .clear: entries = [:]
        }
        return .receive
    }

    public func terminate(reason: ExitReason, _ me: Me) { atEnd(statistics) }
}

extension ServerAddress {
    public func put<K, V>(_ key: K, _ value: V) async throws where Server == Cache<K, V> {
        try await call { .put(key, value, $0) }.get()
    }
    public func get<K, V>(_ key: K) async throws -> V? where Server == Cache<K, V> { try await call { .get(key, $0) } }
    public func size<K, V>() async throws -> Int where Server == Cache<K, V> { try await call { .size($0) } }
    public func delete<K, V>(_ key: K) where Server == Cache<K, V> { cast(.delete(key)) }
    public func clear<K, V>() where Server == Cache<K, V> { cast(.clear) }
}
