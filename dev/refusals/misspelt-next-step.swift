// refused: has no member 'recieve'
import OTP

struct Misspelt: GenServer {
    enum Info: Sendable { case tick }
    func handleInfo(_ info: Info, _ me: Me) -> Next { .recieve }
}
