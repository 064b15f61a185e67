import Foundation

/// What kind of machine the figures come from. No names, no paths.
public struct Machine: Sendable, Codable, CustomStringConvertible {
    public let processor: String
    public let cores: Int
    public let memory: Int
    public let system: String

    public static func current() -> Machine {
        let information = ProcessInfo.processInfo
        let cpu = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        let model = cpu?.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
        return Machine(
            processor: model ?? "unknown processor", cores: information.activeProcessorCount,
            memory: Int(information.physicalMemory >> 30), system: information.operatingSystemVersionString)
    }

    public var description: String { "\(processor), \(cores) cores, \(memory) GB, \(system)" }
}
