// refused: a server with a `Call` needs
import OTP

struct Silent: GenServer {
    enum Call: Sendable { case value(Reply<Int>) }
}
