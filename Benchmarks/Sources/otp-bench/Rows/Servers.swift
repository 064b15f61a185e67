import OTP

/// An ordinary server. It counts its calls, so that every answer is known beforehand.
struct Counter: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }
    enum Cast: Sendable { case increment }

    private var count = 0

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
struct SynchronousCounter: SynchronousGenServer {
    enum Call: Sendable { case value(Reply<Int>) }

    private var count = 0

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply):
            count += 1
            return reply(count - 1)
        }
    }
}

/// The same, with a handler that really suspends.
struct SuspendingCounter: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }

    private var count = 0

    mutating func handleCall(_ call: Call, _ me: Me) async -> Next {
        switch call {
        case .value(let reply):
            await Task.yield()
            count += 1
            return reply(count - 1)
        }
    }
}
