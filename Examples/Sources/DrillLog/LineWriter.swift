public import Foundation
import Synchronization

/// Appends JSON lines to a file, each in one write, so that what was noted stays noted whatever happens next.
public final class LineWriter: Sendable {
    private let file: Mutex<FileHandle>

    public init(_ url: URL) throws {
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: url.path])
        }
        file = Mutex(try FileHandle(forWritingTo: url))
    }

    public func append(_ line: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(line)
        data.append(UInt8(ascii: "\n"))
        try file.withLock { try $0.write(contentsOf: data) }
    }

    deinit { file.withLock { try? $0.close() } }
}
