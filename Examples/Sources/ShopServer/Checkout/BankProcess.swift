import Foundation
import OTP

/// A bank that the shop has started: a program of its own, which is started again when it ends, on the same port if
/// that is still free.
struct BankProcess: GenServer {
    enum Info: Sendable { case ended(status: Int32) }
    struct Ended: Error { let status: Int32 }
    struct DidNotStart: Error {}

    private let process: Process
    /// The bank stays as long as this is open.
    private let input: Pipe

    init(program: URL, ledger: String, place: BankPlace, _ me: Me) async throws {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = program
        process.arguments = ["bank", "--until-eof", "--port", "\(place.port ?? 0)", "--ledger", ledger]
        process.standardInput = input
        process.standardOutput = output
        let ref = me.ref
        process.terminationHandler = { ref.send(.ended(status: $0.terminationStatus)) }
        me.whenEnded { _ in if process.isRunning { process.terminate() } }
        let listening = Self.lines(of: output.fileHandleForReading)
        try process.run()
        self.process = process
        self.input = input
        guard let line = await listening.first(where: { $0.contains("127.0.0.1:") }), let port = Self.port(in: line)
        else {
            // Somebody else may have taken the port meanwhile.
            place.port = nil
            throw DidNotStart()
        }
        place.port = port
    }

    func handleInfo(_ info: Info, _ me: Me) throws -> Next {
        switch info {
        case .ended(let status): throw Ended(status: status)
        }
    }

    private static func lines(of output: FileHandle) -> AsyncStream<String> {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        output.readabilityHandler = { output in
            let data = output.availableData
            if data.isEmpty {
                output.readabilityHandler = nil
                line.finish()
            }
            for text in String(decoding: data, as: UTF8.self).split(separator: "\n") { line.yield(String(text)) }
        }
        return lines
    }

    /// "… 127.0.0.1:5000, …" → 5000
    private static func port(in line: String) -> Int? {
        line.range(of: "127.0.0.1:").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
    }
}
