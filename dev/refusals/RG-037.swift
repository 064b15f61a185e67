// refused: contextual closure type
import OTP

func names() -> [Int] { RegistryName<Int, Void>("names").select { (key, value) in key } }
