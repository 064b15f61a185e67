// refused: switch must be exhaustive
import OTP

struct Partial: GenServer {
    enum Cast: Sendable { case up, down }
    func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .up: return .receive
        }
    }
}
