import OTP
import Testing

/// A child whose life the test directs.
struct Worker: GenServer {
    enum Call: Sendable { case number(Reply<Int>), exit(ExitReason, Reply<Void>) }
    enum Cast: Sendable { case exit(ExitReason), unlink(PID) }
    struct Failure: Error {}

    var number = 0
    var onTerminate: (@Sendable (ExitReason) async -> Void)?

    mutating func handleCall(_ call: Call, _ me: Me) throws -> Next {
        switch call {
        case .number(let reply): return reply(number)
        case .exit(let reason, _): throw Exit(reason)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .exit(let reason): throw Exit(reason)
        case .unlink(let pid):
            me.unlink(from: pid)
            return .receive
        }
    }

    mutating func terminate(reason: ExitReason, _ me: Me) async { await onTerminate?(reason) }
}
