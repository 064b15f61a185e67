// refused: cannot convert
import OTP

struct Broken: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }
    mutating func handleCall(_ call: Call, _ me: Me) -> Next { return 42 }
}
