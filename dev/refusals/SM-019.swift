// refused: cannot convert
import OTP

struct Lamp: GenStateMachine {
    enum State: Sendable { case off, on }
    enum Cast: Sendable { case toggle }
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .next(state == .on ? .off : .on) }
}

func start() async throws { _ = try await Lamp.start { 42 } }
