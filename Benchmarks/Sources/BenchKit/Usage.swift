import Foundation

/// What an operating-system process has used so far, as its kernel counts it.
///
/// Read from outside and in the same way for every side, so no side has to be trusted with it. Linux only: elsewhere
/// there is nothing to read and the columns stay empty.
public struct Usage: Sendable, Equatable {
    /// CPU of all its threads so far, in nanoseconds.
    public var cpu: Double
    /// Context switches of the threads that still live, voluntary and not.
    public var switches: Double
    /// Resident memory, in bytes.
    public var resident: Double

    public static func of(pid: Int32) -> Usage? {
        let tasks = "/proc/\(pid)/task"
        guard let cpu = processorTime(of: pid),
            let threads = try? FileManager.default.contentsOfDirectory(atPath: tasks),
            let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let kilobytes = field("VmRSS", in: text)
        else { return nil }
        var usage = Usage(cpu: cpu, switches: 0, resident: kilobytes * 1024)
        for thread in threads {
            guard let text = try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8) else { continue }
            usage.switches += field("voluntary_ctxt_switches", in: text) ?? 0
            usage.switches += field("nonvoluntary_ctxt_switches", in: text) ?? 0
        }
        return usage
    }

    private static func processorTime(of pid: Int32) -> Double? {
        #if os(Linux)
            var clock = clockid_t()
            var time = timespec()
            guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
            return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
        #else
            return nil
        #endif
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
