// refused: does not conform to protocol 'GenServer'
import OTP

func begin() async throws { _ = try await Int.start { 42 } }
