public import Foundation

/// Where a run leaves what it saw: `run.json`, `faults.jsonl`, `samples.jsonl`, `client-0.jsonl` …, the shop's
/// `shop.sqlite`, `audit.jsonl` and `shop.log`, the bank's `bank.sqlite` and `bank.log`, and what was made of it all, `report.html`.
public struct RunFolder: Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var database: URL { url.appending(path: "shop.sqlite") }
    public var ledger: URL { url.appending(path: "bank.sqlite") }
    public var bankLog: URL { url.appending(path: "bank.log") }
    public var audit: URL { url.appending(path: "audit.jsonl") }
    public var shopLog: URL { url.appending(path: "shop.log") }
    public var faults: URL { url.appending(path: "faults.jsonl") }
    public var samples: URL { url.appending(path: "samples.jsonl") }
    public var report: URL { url.appending(path: "report.html") }
    public var run: URL { url.appending(path: "run.json") }
    public func client(_ number: Int) -> URL { url.appending(path: "client-\(number).jsonl") }

    public func save(_ record: RunRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(record).write(to: run, options: .atomic)
    }

    public func loadRun() throws -> RunRecord { try JSONDecoder().decode(RunRecord.self, from: Data(contentsOf: run)) }

    public func loadFaults() throws -> [FaultLine] { try Self.lines(of: faults) }

    /// What the shop wrote of each order; nothing if it did not begin to.
    public func loadAudit() throws -> [AuditLine] {
        FileManager.default.fileExists(atPath: audit.path) ? try Self.lines(of: audit) : []
    }

    public func loadSamples() throws -> [SampleLine] { try Self.lines(of: samples) }

    /// Hands over every client's lines, a client at a time, in the order in which that client wrote them.
    public func forEachClient(_ body: ([ClientLine]) throws -> Void) throws {
        for file in try clientFiles() { try body(try Self.lines(of: file)) }
    }

    private func clientFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent.hasPrefix("client-") && $0.pathExtension == "jsonl" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// A last line that was cut off by a crash is left out; a broken one before it is an error.
    private static func lines<T: Decodable>(of file: URL) throws -> [T] {
        let decoder = JSONDecoder()
        let data = try Data(contentsOf: file, options: .mappedIfSafe)
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        let isWhole = data.last == UInt8(ascii: "\n")
        return try (isWhole ? lines[...] : lines.dropLast()).enumerated().map { number, line in
            do { return try decoder.decode(T.self, from: line) } catch {
                throw BrokenLog(file: file.lastPathComponent, line: number + 1)
            }
        }
    }
}

/// A log that is no evidence.
public struct BrokenLog: Error, CustomStringConvertible {
    public let file: String
    public let line: Int
    public var description: String { "\(file), line \(line): not a line of this log" }
}
