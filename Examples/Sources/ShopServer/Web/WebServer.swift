import Hummingbird
import Logging
import NIOCore
import OTP
import OTPIntegrations
import Synchronization

/// The HTTP server as a part of the tree: a Hummingbird application, made afresh at each start, on the same port. Told
/// to end, it takes no new connections and lets requests in flight finish.
final class WebServer: Sendable {
    private let responder: RouterResponder<ShopContext>
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let state: Mutex<State>

    private struct State {
        /// Once the system has chosen a port, that one.
        var port: Int
        /// Where the application that was made last says that it listens.
        var listening = AsyncStream<Int> { $0.finish() }
    }

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - onListening: told the port at each start.
    init(
        responder: RouterResponder<ShopContext>, port: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.responder = responder
        self.logger = logger
        self.onListening = onListening
        state = Mutex(State(port: port))
    }

    static let id: ChildID = "web"

    var child: ChildSpec {
        // A predecessor that was killed closes the port at once; what is in flight with it need not be waited for.
        var spec = ChildSpec.service(
            Self.id, whenKilled: .shutDownGracefully(within: .seconds(5)),
            backoff: .exponential(from: .milliseconds(20), to: .milliseconds(500), resetAfter: .seconds(10)),
            ready: { try await self.isListening() }
        ) { self.application() }
        spec.zombieGrace = .seconds(1)
        return spec
    }

    private func application() -> Application<RouterResponder<ShopContext>> {
        let (listening, listens) = AsyncStream.makeStream(of: Int.self)
        let port = state.withLock {
            $0.listening = listening
            return $0.port
        }
        return Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "storefront"),
            onServerRunning: { channel in listens.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private func isListening() async throws {
        guard let port = await state.withLock(\.listening).first(where: { _ in true }) else {
            throw CancellationError()
        }
        state.withLock { $0.port = port }
        onListening(port)
    }
}
