// refused: cannot convert
import OTP

struct Watcher: GenServer {
    enum Info: Sendable { case down(DownMessage) }
    init(_ me: Me) { me.monitor(42) { .down($0) } }
    func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
}
