import OTP

/// Where servers live: on the node of their callers, whose workers then run a server where its message was sent; or on
/// a node of their own, so that no caller and no server ever share a worker.
enum Place {
    case together, apart

    private static let elsewhere = Node(name: "elsewhere", workers: max(1, Node.defaultWorkers / 2))

    /// Runs `start`, which starts servers.
    nonisolated(nonsending) func start<T>(
        _ start: nonisolated(nonsending) () async throws -> T
    ) async throws -> T {
        switch self {
        case .together: try await start()
        case .apart: try await Self.elsewhere.with { try await start() }
        }
    }
}
