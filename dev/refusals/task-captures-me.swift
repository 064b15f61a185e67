// refused: non-Sendable
import OTP

struct Starter: GenServer {
    enum Info: Sendable { case tick }
    init(_ me: Me) { ProcessTask.start { me.send(.tick) } }
    func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
}
