// accepted
import OTP

// A handler must be found also if its message type is declared outside its server: an associated type of a base
// protocol would silently stay `Never` here, and the handler would never be called.
enum OutsideCall: Sendable { case value(Reply<Int>) }

struct Outside: GenServer {
    func handleCall(_ call: OutsideCall, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply(1)
        }
    }
}

func isTheSame() -> Bool { Outside.Call.self == OutsideCall.self }
func ask(_ server: ServerRef<Outside>) async throws -> Int { try await server.call { .value($0) } }
