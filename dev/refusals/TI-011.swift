// refused: has no member 'cancel'
import OTP

func stop() { "timer".cancel() }
