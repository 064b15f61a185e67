// refused: has non-Sendable type
import OTP

final class Box { var value = 0 }
struct Careless: GenServer {
    enum Cast: Sendable { case put(Box) }
    func handleCast(_ cast: Cast, _ me: Me) -> Next { .receive }
}
