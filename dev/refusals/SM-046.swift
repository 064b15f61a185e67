// refused: cannot convert
import OTP

struct Broken: GenStateMachine {
    enum State: Sendable { case off, on }
    enum Cast: Sendable { case toggle }
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { return 42 }
}
