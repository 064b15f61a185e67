import Foundation

/// Programs found in the path, and run to their end.
enum Executable {
    /// - Throws: ``PeerProcess/Failure`` when there is none in the path.
    static func require(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let found = path.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw PeerProcess.Failure(description: "no `\(name)` in the path") }
        return found
    }

    /// - Throws: ``PeerProcess/Failure`` when it ends with another status than 0.
    static func run(_ program: String, _ arguments: [String], in folder: URL? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PeerProcess.Failure(description: "\(program) ended with status \(process.terminationStatus)")
        }
    }
}
