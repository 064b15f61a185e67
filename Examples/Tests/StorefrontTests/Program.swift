import DrillClient
import Foundation
import Synchronization

/// The storefront as its users run it: a program, signals, output, an exit code.
final class Program: Sendable {
    private let process: Process
    private let output = Mutex("")
    private let lines: AsyncStream<String>
    private let exit: AsyncStream<Int32>

    convenience init(_ arguments: String...) throws { try self.init(arguments) }

    init(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = Self.products.appending(path: "storefront")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (exit, ended) = AsyncStream.makeStream(of: Int32.self)
        self.lines = lines
        self.exit = exit
        self.process = process
        process.terminationHandler = { process in
            ended.yield(
                process.terminationReason == .exit ? process.terminationStatus : 1_000 + process.terminationStatus)
        }
        try process.run()
        let reader = pipe.fileHandleForReading
        Thread.detachNewThread { [weak self] in
            var rest = Data()
            while case let data = reader.availableData, !data.isEmpty {
                self?.output.withLock { $0 += String(decoding: data, as: UTF8.self) }
                rest.append(data)
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
            line.finish()
        }
    }

    /// Where the tests and the program were built.
    private static var products: URL {
        #if os(macOS)
            return Bundle(for: Marker.self).bundleURL.deletingLastPathComponent()
        #else
            return Bundle.main.bundleURL
        #endif
    }

    deinit { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Waits for the end of the output.
    func everythingPrinted() async -> String {
        _ = await lines.first { _ in false }
        return printed
    }

    var printed: String { output.withLock { $0 } }

    /// The first line from now on that holds `text`; nil when the output ends without one.
    func line(with text: String) async -> String? { await lines.first { $0.contains(text) } }

    /// The port it says it listens on.
    func port(_ mark: String = "listening on http://127.0.0.1:") async -> Int? {
        guard let line = await line(with: mark), let begin = line.range(of: mark)?.upperBound else { return nil }
        return Int(line[begin...].prefix { $0.isNumber })
    }

    func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

    /// 1,000 and more for a signal.
    func exitCode() async -> Int32 { await exit.first { _ in true } ?? -1 }
}

private final class Marker {}
