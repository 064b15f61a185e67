// refused: cannot convert value of type 'Int' to specified type 'String'
import OTP

func ask() async throws { let _: String = try await ServerName.counter.call { .value($0) } }
