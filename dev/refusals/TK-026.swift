// refused: has no member 'missing'
import OTP

func begin() async throws { try await ProcessTask.async { Counter.missing() }.value() }
