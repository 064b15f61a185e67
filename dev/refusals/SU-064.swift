// refused: conform to 'Supervisable'
import OTP

let tree = Supervisor(.oneForOne) { (Counter.self, 1) }
