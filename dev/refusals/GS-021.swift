// refused: cannot convert value of type '(Int, Int)'
import OTP

func begin() async throws { _ = try await Counter.start(name: (1, 2)) { Counter() } }
