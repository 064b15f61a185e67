import Foundation

/// A side of the comparison: an operating-system process that answers one line for each line it is sent.
///
/// | line | answer |
/// |---|---|
/// | `hello` | `ok <versions>` |
/// | `rows` | `ok <names of the rows it can do>` |
/// | `run <row> <operations>` | `ok <operations> <nanoseconds>`, after checking its own result |
/// | `hold <processes>` | `ok`, with that many idle servers alive, each called once |
/// | `release` | `ok`, with all of them ended |
///
/// Whatever goes wrong is `error <text>`. End of input ends the process.
public final class PeerProcess {
    public let name: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffered: [UInt8] = []

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public init(_ name: String, _ launch: Launch) throws {
        self.name = name
        // A side that has died is an error of its row, not the end of the comparison.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: launch.executable)
        process.arguments = launch.arguments
        process.environment = ProcessInfo.processInfo.environment.merging(launch.environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// How a side is started.
    public struct Launch: Sendable {
        public var executable: String
        public var arguments: [String]
        public var environment: [String: String]

        public init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
        }
    }

    public var pid: Int32 { process.processIdentifier }

    /// Sends `line` and returns the words of the answer.
    ///
    /// - Throws: ``Failure`` when the side answers `error`, says nothing for `seconds`, or has ended.
    public func ask(_ line: String, within seconds: Double = 120) throws -> [String] {
        guard process.isRunning else { throw Failure(description: "\(name) has ended") }
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        let answer = try readLine(within: seconds, asked: line)
        var words = answer.split(separator: " ").map(String.init)
        guard words.first == "ok" else { throw Failure(description: "\(name), \(line): \(answer)") }
        words.removeFirst()
        return words
    }

    /// Closes the side's input and waits for its end; kills it when it does not go.
    public func end() {
        try? input.fileHandleForWriting.close()
        for _ in 0..<200 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private func readLine(within seconds: Double, asked line: String) throws -> String {
        let descriptor = output.fileHandleForReading.fileDescriptor
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                let text = String(decoding: buffered[..<end], as: UTF8.self)
                buffered.removeSubrange(...end)
                return text
            }
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else {
                kill(process.processIdentifier, SIGKILL)
                throw Failure(description: "\(name), \(line): no answer in \(shortNumber(seconds)) s")
            }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, Int32(left.rounded(.up))) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw Failure(description: "\(name), \(line): it ended without an answer") }
            buffered.append(contentsOf: chunk[..<count])
        }
    }
}
