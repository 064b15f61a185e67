import Hummingbird
import Logging
import NIOCore
import OTP
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The HTTP server as a process of the tree: if it fails it ends, and is started again on the same port. Told to end, it
/// takes no new connections and lets requests in flight finish.
struct WebServer: GenServer {
    enum Call: Sendable { case port(Reply<Int>) }
    enum Info: Sendable { case ended((any Error)?) }

    struct Ended: Error { let cause: (any Error)? }

    private let setup: WebSetup
    private let server: RunningServer

    init(_ setup: WebSetup, _ me: Me) async throws {
        self.setup = setup
        let ref = me.ref
        server = try await RunningServer.open(setup) { ref.send(.ended($0)) }
    }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .port(let reply): reply(setup.port)
        }
    }

    func handleInfo(_ info: Info, _ me: Me) throws -> Next {
        switch info {
        case .ended(let cause): throw Ended(cause: cause)
        }
    }

    func terminate(reason: ExitReason, _ me: Me) async { await server.stop() }
}

/// What a web server is made from, at every start.
final class WebSetup: Sendable {
    let responder: RouterResponder<ShopContext>
    let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let bound: Mutex<Int>
    private let isRestart = Atomic(false)

    init(
        responder: RouterResponder<ShopContext>, port: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.responder = responder
        self.logger = logger
        self.onListening = onListening
        bound = Mutex(port)
    }

    /// The port to listen on; once the system has chosen one, that one.
    var port: Int { bound.withLock { $0 } }

    func listens(on port: Int) {
        bound.withLock { $0 = port }
        isRestart.store(true, ordering: .releasing)
        onListening(port)
    }

    /// A predecessor may still be closing the port; nobody else's port becomes free by waiting.
    var mayWait: Bool { isRestart.load(ordering: .acquiring) }
}

/// A Hummingbird application that is running, for as long as somebody holds this.
final class RunningServer: Sendable {
    private let group: ServiceGroup
    /// Ends with what ended the server.
    private let task: Task<(any Error)?, Never>

    private init(group: ServiceGroup, task: Task<(any Error)?, Never>) {
        self.group = group
        self.task = task
    }

    /// The end of a process that was killed: the port becomes free, what is in flight finishes by itself. Cancelling
    /// instead can end the program: a connection that was accepted and not served yet traps then (swift-nio, 2637).
    deinit { Task { [group] in await group.triggerGracefulShutdown() } }

    /// Returns when it accepts connections. `onEnd` is told when it stops by itself.
    static func open(_ setup: WebSetup, onEnd: @escaping @Sendable ((any Error)?) -> Void) async throws -> RunningServer
    {
        var attempts = setup.mayWait ? 100 : 1
        while true {
            do {
                return try await start(setup, onEnd: onEnd)
            } catch let error as IOError where error.errnoCode == EADDRINUSE && attempts > 1 {
                attempts -= 1
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private static func start(
        _ setup: WebSetup, onEnd: @escaping @Sendable ((any Error)?) -> Void
    ) async throws -> RunningServer {
        let (states, state) = AsyncThrowingStream.makeStream(of: Int.self)
        let application = Application(
            responder: setup.responder,
            configuration: .init(address: .hostname("127.0.0.1", port: setup.port), serverName: "storefront"),
            onServerRunning: { channel in state.yield(channel.localAddress?.port ?? 0) },
            logger: setup.logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: application)], logger: setup.logger))
        let task = Task { () -> (any Error)? in
            do {
                try await group.run()
                state.finish()
                return nil
            } catch {
                state.finish(throwing: error)
                return error
            }
        }
        let server = RunningServer(group: group, task: task)
        for try await port in states {
            setup.listens(on: port)
            Task { onEnd(await task.value) }
            return server
        }
        throw CancellationError()
    }

    /// No new connections; returns when the last request has been answered.
    func stop() async {
        await group.triggerGracefulShutdown()
        _ = await task.value
    }
}
