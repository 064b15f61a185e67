// refused: captures mutating 'self' parameter
import OTP

struct Leaky: GenServer {
    enum Info: Sendable { case tick }
    var count = 0
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        Task { count += 1 }
        return .receive
    }
}
