public import OTP

/// Several caches of the same things, one for each worker: whoever changes a thing tells all of them to forget it. Each
/// joins a group when it starts; one that has ended is in no group.
public struct SharedCache: SynchronousGenServer {
    public enum Call: Sendable { case value(Int, Reply<String?>) }
    public enum Cast: Sendable { case store(Int, String), forget(Int) }

    private var values: [Int: String] = [:]

    public init(_ me: Me) async throws { try await ProcessGroups.caches.join("products", me.pid) }

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let id, let reply): reply(values[id])
        }
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .store(let id, let value): values[id] = value
        case .forget(let id): values[id] = nil
        }
        return .receive
    }

    /// Tells all of them.
    public static func forgetEverywhere(_ id: Int) {
        for cache in ProcessGroups.caches.servers(of: "products", running: SharedCache.self) { cache.cast(.forget(id)) }
    }
}

extension ProcessGroups<String> { public static var caches: Self { "caches" } }
extension ServerName<SharedCache> { public static func shared(_ number: Int) -> Self { "shared cache \(number)" } }

public func sharedCaches(_ count: Int) -> Supervisor {
    // The groups come first: when they are started again, those who are to be in them are, too.
    Supervisor("shared caches", .restForOne) {
        ProcessGroups.caches
        Supervisor("caches", .oneForOne) {
            for number in 1...count {
                SharedCache.child("cache \(number)", name: .shared(number)) { try await SharedCache($0) }
            }
        }
    }
}
