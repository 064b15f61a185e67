// refused: requires that 'Int' conform to 'Supervisable'
import OTP

let tree = Supervisor(.oneForOne) { 42 }
