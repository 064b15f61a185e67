import Foundation

/// What a run ran on, for those who compare figures.
enum Machine {
    static var description: String {
        #if DEBUG
            let build = "debug build"
        #else
            let build = "release build"
        #endif
        let executor = ProcessInfo.processInfo.environment["OTP_EXECUTOR"].map { ", OTP_EXECUTOR=\($0)" } ?? ""
        let load = load.map { ", load before \($0)" } ?? ""
        return "\(build), \(ProcessInfo.processInfo.activeProcessorCount) processors\(executor)\(load)"
    }

    /// Of the last minute; nil where the system does not say.
    private static var load: String? {
        (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first.map(String.init)
    }
}
