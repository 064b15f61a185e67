// refused: switch must be exhaustive
import OTP

struct Lamp: GenStateMachine {
    enum State: Sendable { case off, on }
    enum Cast: Sendable { case toggle }
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch (state, event) {
        case (.off, .cast(.toggle)): return .next(.on)
        }
    }
}
