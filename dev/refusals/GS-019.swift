// refused: has no member 'start'
import OTP

func begin() async throws { _ = try await Int.start { 42 } }
