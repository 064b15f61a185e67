import ArgumentParser
import Bank
import Foundation

struct BankCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bank", abstract: "Open a bank (a shop that is given none opens one by itself).")

    @Option(help: "Port on 127.0.0.1; 0 for any that is free.")
    var port = 0

    @Option(help: "The ledger, an SQLite file that is made if it is not there; a temporary one if not given.")
    var ledger: String?

    @Option(help: "Captures of more cents than this are refused.")
    var limit = 1_000_000

    @Option(help: .hidden)
    var door: String?

    @Flag(help: .hidden)
    var forgetsKeys = false

    @Flag(help: .hidden)
    var untilEof = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
        guard limit > 0 else { throw ValidationError("--limit must be more than 0") }
    }

    func run() async throws {
        let signals = await StopSignals(endOfInput: untilEof)
        let path =
            ledger
            ?? FileManager.default.temporaryDirectory.appending(
                path: "storefront-bank-\(UUID().uuidString.prefix(8)).sqlite"
            ).path
        let bank = try await BankServer.open(
            BankLedger(path: path, limit: limit, forgetsKeys: forgetsKeys), port: port, door: door)
        Output.line("the bank listens on 127.0.0.1:\(bank.port), ledger \(path)")
        _ = await signals.wait(for: 1)
        await bank.close()
        if ledger == nil {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        Output.line("the bank is closed")
        Output.endProgram(0)
    }
}
