// refused: has no member 'work'
import OTP

struct Endless: GenServer {
    func handleStart(_ me: Me) -> Next { .continue(.work) }
}
