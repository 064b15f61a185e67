// What the programs beside this file use. It compiles; each of them does not, unless its first line says so.
import OTP

struct Counter: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }
    enum Cast: Sendable { case increment, decrement }

    private var count = 0

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply(count)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .increment: count += 1
        case .decrement: count -= 1
        }
        return .receive
    }
}

extension ServerName<Counter> { static let counter: Self = "counter" }
