// refused: has no member 'tick'
import OTP

func tick() { ServerName.counter.send(.tick) }
