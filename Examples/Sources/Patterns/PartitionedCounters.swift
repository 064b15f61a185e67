public import OTP

/// Counters for any number of keys, in several processes: one alone would be too slow for all callers. A key is always in
/// the same one.
public struct PartitionedCounters: Sendable {
    public let supervisor: PartitionSupervisor<ServerName<KeyCounter>>

    public init(partitions: Int) {
        supervisor = PartitionSupervisor("counters", partitions: partitions) { _, _ in KeyCounter() }
    }

    public func increment(_ key: String) { supervisor[key].cast(.increment(key)) }
    public func value(_ key: String) async throws -> Int { try await supervisor[key].call { .value(key, $0) } }
}

/// The counters of one partition.
public struct KeyCounter: SynchronousGenServer {
    public enum Call: Sendable { case value(String, Reply<Int>), keys(Reply<Int>) }
    public enum Cast: Sendable { case increment(String) }

    private var counts: [String: Int] = [:]

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let key, let reply): reply(counts[key, default: 0])
        case .keys(let reply): reply(counts.count)
        }
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .increment(let key): counts[key, default: 0] += 1
        }
        return .receive
    }
}
