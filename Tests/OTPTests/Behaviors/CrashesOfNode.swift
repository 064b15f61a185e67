import OTP
import OTPTestKit

extension VirtualNode {
    /// The reports of all crashes from now on.
    func crashes() -> Locked<[CrashReport]> {
        let reports = Locked<[CrashReport]>([])
        node.onReport { if case .crash(let crash) = $0 { reports.with { $0.append(crash) } } }
        return reports
    }
}
