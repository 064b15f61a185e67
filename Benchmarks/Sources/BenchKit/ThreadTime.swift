import Foundation

/// What the threads of this program have used so far, by the system's own books. Linux only.
public struct ThreadTime: Sendable, Equatable {
    /// Nanoseconds on a processor.
    public var running = 0.0
    /// Nanoseconds in which they could have run and had no processor: what else runs on the machine is not their doing.
    public var ready = 0.0

    /// The sum over the threads whose name is `prefix` and a number below `count`; nil where the system keeps no such
    /// books.
    public static func ofThreads(named prefix: String, below count: Int) -> ThreadTime? {
        let tasks = "/proc/self/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: tasks) else { return nil }
        var sum = ThreadTime()
        var isFound = false
        for thread in threads {
            guard let name = try? String(contentsOfFile: "\(tasks)/\(thread)/comm", encoding: .utf8),
                isMeant(name.trimmingCharacters(in: .whitespacesAndNewlines), prefix, below: count),
                let text = try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8),
                let time = ThreadTime(schedstat: text)
            else { continue }
            sum.running += time.running
            sum.ready += time.ready
            isFound = true
        }
        return isFound ? sum : nil
    }

    public static func isMeant(_ name: String, _ prefix: String, below count: Int) -> Bool {
        name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)).map { (0..<count).contains($0) } ?? false
    }

    /// From the line that the system writes for a thread: on a processor, waiting for one, how often.
    public init?(schedstat text: String) {
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 3 else { return nil }
        (running, ready) = (numbers[0], numbers[1])
    }

    init() {}

    public static func - (a: ThreadTime, b: ThreadTime) -> ThreadTime {
        var difference = ThreadTime()
        difference.running = a.running - b.running
        difference.ready = a.ready - b.ready
        return difference
    }
}
