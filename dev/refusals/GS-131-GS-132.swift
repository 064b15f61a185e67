// refused: does not conform
import OTP
