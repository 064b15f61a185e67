// refused: closure
import OTP

struct Leaky: GenServer {
    enum Info: Sendable { case tick }
    func handleInfo(_ info: Info, _ me: Me) -> Next {
        Task { me.send(.tick) }
        return .receive
    }
}
