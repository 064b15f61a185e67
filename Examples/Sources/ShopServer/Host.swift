import Logging
import OTP
import OTPIntegrations
import ServiceLifecycle

/// The tree as the only service of a group. It has 25 seconds to end when it is shut down; if its run is cancelled after
/// that, two.
struct Host: Sendable {
    private let group: ServiceGroup
    private let service: Told

    init(
        _ tree: Supervisor, _ logger: Logger,
        _ deadlines: ShutdownDeadlines = ShutdownDeadlines(first: .seconds(25), further: .seconds(2))
    ) {
        service = Told(service: TreeService(tree, deadlines: deadlines))
        group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
    }

    func run() async throws { try await group.run() }

    /// Returns when the tree has been told, or has ended.
    func shutDown() async {
        await group.triggerGracefulShutdown()
        // In a task of its own: it matters most to whoever has been cancelled.
        await Task { [service] in await service.wait() }.value
    }
}

/// Says when a service is told to shut down: a cancellation that overtakes the shutdown would be all that it hears of.
private struct Told: Service {
    let service: any Service
    private let states = AsyncStream.makeStream(of: Void.self)

    init(service: any Service) { self.service = service }

    func run() async throws {
        defer { states.continuation.finish() }
        try await withGracefulShutdownHandler {
            try await service.run()
        } onGracefulShutdown: {
            states.continuation.finish()
        }
    }

    func wait() async { _ = await states.stream.first { _ in true } }
}
