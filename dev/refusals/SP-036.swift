// refused: extra argument 'monitor' in call
import OTP

func begin() async throws { _ = try await Counter.start(options: ServerOptions(monitor: true)) { Counter() } }
