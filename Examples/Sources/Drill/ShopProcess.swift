import Foundation
import Synchronization

/// A shop or a bank in an operating-system process of its own. It ends with us, too: its standard input closes then.
final class ShopProcess: Sendable {
    struct DidNotStart: Error, CustomStringConvertible {
        let log: String
        var description: String { "it did not start; see \(log)" }
    }

    /// The port it listens on.
    let port: Int
    private let process: Process
    private let input: Pipe
    private let ended: AsyncStream<String>

    /// Starts the program and waits until it says where it listens: in its first line with `mark`.
    init(executable: URL, arguments: [String], log: URL, mark: String = "http://127.0.0.1:") async throws {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output

        let (ended, endings) = AsyncStream.makeStream(of: String.self)
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            endings.yield("\(isSignal ? "signal" : "exit") \(process.terminationStatus)")
            endings.finish()
        }
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        try Self.copy(output.fileHandleForReading, to: log) { line in
            if let port = Self.port(in: line, after: mark) { portFound.yield(port) }
        } atEnd: {
            portFound.finish()
        }
        try process.run()
        self.process = process
        self.input = input
        self.ended = ended
        guard let port = await ports.first(where: { _ in true }) else { throw DidNotStart(log: log.path) }
        self.port = port
    }

    /// SIGTERM, as a host's operator would; returns how it ended.
    func stop(within limit: Duration) async -> String {
        process.terminate()
        return await end(within: limit) ?? "no end within \(limit)"
    }

    var isRunning: Bool { process.isRunning }

    /// As the operating system numbers it.
    var number: Int { Int(process.processIdentifier) }

    /// Ends it at once, as a lack of memory or of power would; returns when it is gone.
    func end() async {
        kill()
        _ = await end(within: .seconds(10))
    }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    private func end(within limit: Duration) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { [ended] in await ended.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// "… listening on http://127.0.0.1:8080" → 8080
    static func port(in line: String, after mark: String) -> Int? {
        guard let address = line.range(of: mark) else { return nil }
        return Int(line[address.upperBound...].prefix { $0.isNumber })
    }

    private static func copy(
        _ source: FileHandle, to log: URL, line: @escaping @Sendable (String) -> Void,
        atEnd: @escaping @Sendable () -> Void
    ) throws {
        // The log of a predecessor is kept.
        if !FileManager.default.fileExists(atPath: log.path) {
            guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
                throw DidNotStart(log: log.path)
            }
        }
        let file = try FileHandle(forWritingTo: log)
        try file.seekToEnd()
        let rest = Mutex(Data())
        source.readabilityHandler = { source in
            let data = source.availableData
            if data.isEmpty {
                source.readabilityHandler = nil
                try? file.close()
                return atEnd()
            }
            try? file.write(contentsOf: data)
            let lines = rest.withLock { rest in
                rest.append(data)
                var lines: [String] = []
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
                return lines
            }
            lines.forEach(line)
        }
    }
}
