// refused: cannot convert value of type 'String' to expected argument type 'Int'
import OTP

struct Wrong: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }
    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply("one")
        }
    }
}
