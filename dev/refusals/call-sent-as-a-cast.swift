// refused: has no member 'value'
import OTP

func ask() { ServerName.counter.cast(.value) }
