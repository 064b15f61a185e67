// refused: does not conform to protocol 'SynchronousEventHandler'
import OTP

struct Slow: SynchronousEventHandler {
    func handleEvent(_ event: String) async -> Next { .keep }
}
