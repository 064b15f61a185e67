// refused: does not conform to protocol 'SynchronousGenStateMachine'
import OTP

struct Slow: SynchronousGenStateMachine {
    enum State: Sendable { case idle }
    enum Cast: Sendable { case go }
    let initialState = State.idle
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async -> Transition { .keep }
}
