// refused: a server with a `Cast` needs
import OTP

struct Silent: GenServer {
    enum Cast: Sendable { case tick }
}
