// refused: contextual closure type
import OTP

func count() -> Int { RegistryName<Int, Void>("names").countSelect { (key: Int) in true } }
