// refused:
import OTP

let lacking = ChildSpec()
