import OTP
import OTPIntegrations
import ServiceLifecycle

/// A running shop.
public struct Shop: Sendable {
    /// Where it listens, on 127.0.0.1.
    public let port: Int
    private let tree: ShopTree
    private let host: Host
    private let running: Task<Void, any Error>
    private let drain: Duration

    /// Starts the whole tree, or nothing: what had started is stopped again when a part cannot start, or when the
    /// calling task is cancelled.
    public static func start(_ settings: ShopSettings) async throws -> Shop {
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        let tree = ShopTree(settings) { event.yield(.listening($0)) }
        Node.current.onReport { [reports = tree.reports] in reports.note($0) }
        let host = Host(tree.supervisor, settings.logger)
        let running = Task {
            defer { event.yield(.ended) }
            try await host.run()
        }
        let first = await withTaskCancellationHandler {
            await events.first { _ in true }
        } onCancel: {
            running.cancel()
        }
        guard !Task.isCancelled, case .listening(let port) = first else {
            running.cancel()
            try await running.value
            throw CancellationError()
        }
        // The web server is the last part; this is answered when the tree is through its start.
        _ = try await SupervisorName.shop.childCounts()
        if let saboteur = tree.saboteur { Task { try await saboteur.run() } }
        return Shop(port: port, tree: tree, host: host, running: running, drain: settings.drain)
    }

    /// Where its bank listens, on 127.0.0.1; nil if it has none.
    public var bankPort: Int? { tree.bank.port }

    /// The tree as it stands.
    public func drawing() async -> String { await tree.health.drawing() }

    /// Waits for the end of the tree; throws if it gave up.
    public func waitForEnd() async throws { try await running.value }

    /// From now on the shop says that it is not ready. Nothing else changes; to be followed by ``stop()``.
    public func beginStopping() { tree.health.beginStopping() }

    /// Not ready any more; then, after a while for those who ask about readiness, the tree stops in reverse order:
    /// requests in flight finish first. All that within 25 seconds, or within two from when the calling task is
    /// cancelled: what still runs then is killed.
    ///
    /// - Returns: Who had to be killed.
    public func stop() async -> [String] {
        beginStopping()
        tree.reports.beginStopping()
        try? await Task.sleep(for: drain)
        await host.shutDown()
        await withTaskCancellationHandler {
            _ = await running.result
        } onCancel: {
            running.cancel()
        }
        return tree.reports.killed
    }

    private enum Event: Sendable { case listening(Int), ended }
}
