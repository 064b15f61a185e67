// refused: has no member
import OTP

struct Trapper: GenServer {
    init(_ me: Me) { me.setFlag("trap_exit", true) }
}
