// refused: does not conform to protocol 'SynchronousGenServer'
import OTP

struct Slow: SynchronousGenServer {
    enum Info: Sendable { case tick }
    func handleInfo(_ info: Info, _ me: Me) async -> Next { .receive }
}
