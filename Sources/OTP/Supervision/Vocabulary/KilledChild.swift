/// A child that did not end when it was asked to, and was killed when its time was over.
public struct KilledChild: Sendable, Hashable, CustomStringConvertible {
    /// From the root of the tree down: `shop/storage/connection 3`.
    public let path: String
    /// The process that was killed.
    public let pid: PID

    public var description: String { "\(path) \(pid)" }
}

extension SupervisorReport {
    /// The child that had to be killed, if that is what it is about.
    var killedChild: KilledChild? {
        guard case .shutdownError(let reason) = event, reason.isSame(as: .killed), hadToBeKilled, let childPID else {
            return nil
        }
        return KilledChild(path: "\(supervisor)/\(child)", pid: childPID)
    }
}
