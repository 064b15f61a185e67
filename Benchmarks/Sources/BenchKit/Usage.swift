import Foundation

/// What an operating-system process has used so far, as its kernel counts it.
///
/// Read from outside and in the same way for every side, so no side has to be trusted with it. Linux only: elsewhere
/// there is nothing to read and the columns stay empty.
public struct Usage: Sendable, Equatable {
    /// CPU of all threads that still live, in nanoseconds.
    public var cpu: Double
    /// Context switches of the same threads, voluntary and not.
    public var switches: Double
    /// Resident memory, in bytes.
    public var resident: Double

    public static func of(pid: Int32) -> Usage? {
        let tasks = "/proc/\(pid)/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: tasks) else { return nil }
        var usage = Usage(cpu: 0, switches: 0, resident: 0)
        for thread in threads {
            let folder = "/proc/\(pid)/task/\(thread)"
            if let text = try? String(contentsOfFile: folder + "/schedstat", encoding: .utf8),
                let first = text.split(separator: " ").first, let nanoseconds = Double(first)
            {
                usage.cpu += nanoseconds
            }
            if let text = try? String(contentsOfFile: folder + "/status", encoding: .utf8) {
                usage.switches += field("voluntary_ctxt_switches", in: text) ?? 0
                usage.switches += field("nonvoluntary_ctxt_switches", in: text) ?? 0
            }
        }
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let kilobytes = field("VmRSS", in: text)
        else { return nil }
        usage.resident = kilobytes * 1024
        return usage
    }

    /// The number behind `name:` in the format of `/proc/…/status`.
    static func field(_ name: String, in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0] == name else { continue }
            return parts[1].split(whereSeparator: { $0 == " " || $0 == "\t" }).first.flatMap { Double($0) }
        }
        return nil
    }
}
