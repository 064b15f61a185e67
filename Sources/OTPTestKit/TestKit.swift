public import OTP
