import Foundation
import Logging
import OTP

/// What has to happen before the first task.
enum Setup {
    static var isGlobal: Bool { ProcessInfo.processInfo.environment["OTP_EXECUTOR"] == "global" }

    /// The hook is installed where the process starts, as in a program that uses it: before the first task.
    ///
    /// - Parameter isCounted: Whether instructions are counted, not time. Under valgrind a process seems held that is only
    ///   slow: the worker that then stands in for its own, and the report, change what is counted.
    static func begin(isCounted: Bool = false) throws {
        if isGlobal { try ProcessWideExecutor.install() }
        // Reports of crashes are neither made nor printed: a terminal would be what is measured. So on every side.
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        if isCounted {
            Node.default.heldWorkerSubstitution = .zero
            Node.default.heldWorkerThreshold = .zero
        }
    }

    static var versions: String {
        "swift-otp, Swift \(compiler)\(isGlobal ? ", process-wide executor" : "")"
    }

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
