// refused: has no member 'oneForOthers'
import OTP

let tree = Supervisor(.oneForOthers) {}
