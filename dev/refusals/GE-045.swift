// refused: a handler with a `Call` needs
import OTP

struct Deaf: EventHandler {
    enum Call: Sendable { case hear(Reply<Int>) }
    func handleEvent(_ event: String) -> Next { .keep }
}
