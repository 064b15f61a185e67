// refused: has no member 'enterLoop'
import OTP

func enter() { Counter.enterLoop() }
