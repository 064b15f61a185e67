import OTP

/// A server that counts its calls, so that every answer is known beforehand.
protocol Counting: StatefulBehavior {
    init()
    static func value(_ reply: Reply<Int>) -> Call
}

/// An ordinary server.
struct Counter: GenServer, Counting {
    enum Call: Sendable { case value(Reply<Int>) }
    enum Cast: Sendable { case increment }

    private var count = 0

    static func value(_ reply: Reply<Int>) -> Call { .value(reply) }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply):
            count += 1
            return reply(count - 1)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .increment: count += 1
        }
        return .receive
    }
}

/// The same, known not to suspend.
struct SynchronousCounter: SynchronousGenServer, Counting {
    enum Call: Sendable { case value(Reply<Int>) }

    private var count = 0

    static func value(_ reply: Reply<Int>) -> Call { .value(reply) }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply):
            count += 1
            return reply(count - 1)
        }
    }
}

/// The same, with a handler that really suspends.
struct SuspendingCounter: GenServer, Counting {
    enum Call: Sendable { case value(Reply<Int>) }

    private var count = 0

    static func value(_ reply: Reply<Int>) -> Call { .value(reply) }

    mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .value(let reply):
            await Task.yield()
            count += 1
            return reply(count - 1)
        }
    }
}

/// Starts `count` servers one after the other.
func startServers<S: Counting>(_ count: Int, of type: S.Type = S.self) async throws -> [ServerRef<S>] {
    var servers: [ServerRef<S>] = []
    servers.reserveCapacity(count)
    for _ in 0..<count { servers.append(try await S.start { S() }) }
    return servers
}

func stopServers<S: ProcessBehavior>(_ servers: [ServerRef<S>]) async throws {
    for server in servers { try await server.stop() }
}
