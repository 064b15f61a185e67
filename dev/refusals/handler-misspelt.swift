// refused: a server with a `Cast` needs
import OTP

struct Misspelt: GenServer {
    enum Cast: Sendable { case up }
    func handelCast(_ cast: Cast, _ me: Me) -> Next { .receive }
}
