// refused: cannot find 'undefinedFunction' in scope
import OTP

struct Undefined: GenServer {
    enum Info: Sendable { case tick }
    func handleInfo(_ info: Info, _ me: Me) -> Next { undefinedFunction() }
}
