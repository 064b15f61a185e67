// refused: conform to 'Supervisable'
import OTP

func add(_ ref: SupervisorRef) async throws { _ = try await ref.startChild(()) }
