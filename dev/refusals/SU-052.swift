// refused: requires that 'String' conform to 'Supervisable'
import OTP

let tree = Supervisor(.oneForOne) { "children" }
