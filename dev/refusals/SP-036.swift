// refused:
import OTP

func begin() async throws { _ = try await Counter.start(.monitor) { Counter() } }
