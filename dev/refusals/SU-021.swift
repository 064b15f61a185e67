// refused: cannot convert value of type '(Int, Int)'
import OTP

let tree = Supervisor(.oneForOne, name: (1, 2)) {}
