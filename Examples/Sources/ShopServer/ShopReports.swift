import OTP
import Synchronization

/// What the runtime reports about this shop, kept for those who ask.
final class ShopReports: Sendable {
    /// Requests that are kept waiting for a drill.
    let kept = Atomic(0)
    private let ends = Atomic(0)
    private let late = Mutex<[String]>([])

    /// Ends of permanent parts that nobody had asked for; each is followed by a restart.
    var restarts: Int { ends.load(ordering: .relaxed) }

    /// Who did not end when asked to, and had to be killed: since the shop began to stop, if it has.
    var killed: [String] { late.withLock { $0 } }

    func beginStopping() { late.withLock { $0 = [] } }

    func note(_ report: RuntimeReport) {
        guard case .other(let other) = report, let report = other as? SupervisorReport else { return }
        switch report.event {
        case .childTerminated where report.restart != .temporary: ends.wrappingAdd(1, ordering: .relaxed)
        case .shutdownError where report.hadToBeKilled:
            late.withLock { $0.append("\(report.supervisor)/\(report.child)") }
        default: break
        }
    }
}
