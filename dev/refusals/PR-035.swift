// refused: cannot convert
import OTP

struct Watcher: GenServer {
    init(_ me: Me) { me.demonitor(42) }
}
