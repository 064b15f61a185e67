public import OTP

/// WebSocket connection pool: one process for each open connection, registered under the topics that it has subscribed to.
/// What is published goes to whoever is registered at that moment; a connection that has gone is found no more.
public struct WebSocketConnection: GenServer {
    public enum Cast: Sendable {
        case subscribe(String)
        case unsubscribe(String)
        /// A message to the browser.
        case push(String)
    }

    private let send: @Sendable (String) async throws -> Void

    /// - Parameter send: Writes a frame; throws when the browser has gone.
    public init(send: @escaping @Sendable (String) async throws -> Void) { self.send = send }

    public func handleCast(_ cast: Cast, _ me: Me) async throws -> Next {
        switch cast {
        case .subscribe(let topic):
            // Twice is once.
            if RegistryName.topics.values(of: topic, for: me.pid).isEmpty {
                try RegistryName.topics.register(topic, me.ref, for: me)
            }
        case .unsubscribe(let topic): RegistryName.topics.unregister(topic, for: me)
        case .push(let text): try await send(text)
        }
        return .receive
    }
}

extension RegistryName<String, ServerRef<WebSocketConnection>> {
    public static var topics: Self { "topics" }
}

/// All connections. `tree` stands in the application's tree; the web server calls `open` for each connection.
public struct WebSocketPool: Sendable {
    private let connections = DynamicSupervisor<
        @Sendable (String) async throws -> Void, ServerRef<WebSocketConnection>
    >("connections") { send, _ in WebSocketConnection(send: send) }

    public init() {}

    public var tree: Supervisor {
        Supervisor("web sockets", .restForOne) {
            Registry(.topics, keys: .duplicate, partitions: 4)
            connections
        }
    }

    public func open(
        send: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ServerRef<WebSocketConnection> {
        try await connections.startChild(send)
    }

    /// How many connections it goes to.
    @discardableResult public func publish(_ text: String, to topic: String) -> Int {
        var count = 0
        RegistryName.topics.dispatch(topic) { subscribers in
            for (_, connection) in subscribers { connection.cast(.push(text)) }
            count = subscribers.count
        }
        return count
    }
}
