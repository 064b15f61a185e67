// refused: begin it with `spawn(receiving:)`
import OTP

func begin() { spawn { me in me.trapExits { _ in fatalError("who handles it?") } } }
