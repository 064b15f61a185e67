// refused: has no member 'enterLoop'
import OTP

struct Lamp: GenStateMachine {
    enum State: Sendable { case off, on }
    enum Cast: Sendable { case toggle }
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .next(state == .on ? .off : .on) }
}

func enter() { Lamp.enterLoop() }
