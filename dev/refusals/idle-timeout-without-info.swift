// refused: has no member 'late'
import OTP

struct Idle: GenServer {
    func handleStart(_ me: Me) -> Next { .receive(within: .seconds(1), else: .late) }
}
