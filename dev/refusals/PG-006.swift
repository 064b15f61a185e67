// refused: cannot find type 'GroupScope'
import OTP

func disturb() { ServerName<GroupScope<String>>("groups pg").cast(.garbage) }
