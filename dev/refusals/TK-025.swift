// refused: cannot find 'Missing' in scope
import OTP

func begin() async throws { try await ProcessTask.async { try await Missing.run() }.value() }
