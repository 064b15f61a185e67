// refused: has no member 'unknown'
import OTP

let stream = ProcessTask.asyncStream([1], onTimeout: .unknown) { $0 }
