// refused: has no member 'sometimes'
import OTP

let child = Counter.child(restart: .sometimes) { Counter() }
