@testable import OTP

extension ExitReason? {
    /// How somebody has ended for whom was waited.
    var shown: String { map { "\($0)" } ?? "held up" }
}
