// refused: has no member 'cancel'
import OTP

func stop() { (1, 2, 3).cancel() }
