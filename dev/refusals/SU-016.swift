// refused: initializer is inaccessible
import OTP

let lacking = ChildSpec()
