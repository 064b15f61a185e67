import ArgumentParser
import Foundation
import Logging
import ShopServer
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Open the shop (this is what happens without a command).")

    @Option(help: "Port on 127.0.0.1; 0 for any that is free.")
    var port = 8080

    @Option(help: "The SQLite file, made if it is not there; a temporary one if not given.")
    var database: String?

    @Option(help: "A JSON file with values that can also be changed while the shop runs; see /configuration.")
    var configuration: String?

    @Option(help: "A file to which a line of JSON for each order is added.")
    var audit: String?

    @Option(help: "The port of a bank on 127.0.0.1; if not given, the shop starts one, its ledger beside the database.")
    var bank: Int?

    @Option(help: "Requests a client may send each second.")
    var rate = 200

    @Option(help: "Seconds after which an untouched session ends.")
    var sessionIdle = 30

    @Option(help: "Milliseconds for which it still serves after readiness has turned 503.")
    var drain = 500

    @Option(help: "Log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "notice"

    @Option(help: .hidden)
    var faults: String?

    @Option(help: .hidden)
    var slowStart = 0

    @Option(help: .hidden)
    var bankPatience = 1_000

    @Option(help: .hidden, transform: Defect.init(argument:))
    var plant: Defect?

    @Flag(help: .hidden)
    var stuckStart = false

    @Flag(help: .hidden)
    var untilEof = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
        guard (1...65_535).contains(bank ?? 1) else { throw ValidationError("--bank must be 1 to 65535") }
        guard (1...1_000_000).contains(rate) else { throw ValidationError("--rate must be 1 to 1000000") }
        guard (0...60_000).contains(drain) else { throw ValidationError("--drain must be 0 to 60000") }
        guard (1...86_400).contains(sessionIdle) else { throw ValidationError("--session-idle must be 1 to 86400") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("there is no log level '\(logLevel)'")
        }
    }

    func run() async throws {
        let level = Logger.Level(rawValue: logLevel) ?? .notice
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let signals = await StopSignals(endOfInput: untilEof)
        let settings = settings()
        Output.line("opening the shop, database \(settings.database)")
        guard let shop = try await start(settings, signals) else {
            quit("stopped during start; nothing is left running")
        }
        await announce(shop)
        watch(shop)
        let cause = await signals.wait(for: 1)
        shop.beginStopping()
        Output.line("\(cause): not ready any more, requests in flight finish")
        let stopping = Task { await shop.stop() }
        Task {
            let cause = await signals.wait(for: 2)
            Output.line("\(cause) again: all that is left has 2 seconds to end")
            stopping.cancel()
            await endAtOnce(signals, afterThe: 3)
        }
        let killed = await stopping.value
        if database == nil { Self.remove(settings.database) }
        for part in killed { Output.line("had to be killed: \(part)") }
        quit("the shop is closed")
    }

    /// Nil when told to stop first; what had started is stopped again.
    private func start(_ settings: ShopSettings, _ signals: StopSignals) async throws -> Shop? {
        let starting = Task { try await Shop.start(settings) }
        let watch = Task {
            let cause = await signals.wait(for: 1)
            guard !Task.isCancelled else { return }
            Output.line("\(cause): stopping what has started")
            starting.cancel()
            await endAtOnce(signals, afterThe: 2)
        }
        do {
            let shop = try await starting.value
            watch.cancel()
            guard starting.isCancelled else { return shop }
            _ = await shop.stop()
            return nil
        } catch {
            watch.cancel()
            if starting.isCancelled { return nil }
            throw error
        }
    }

    /// For whoever has lost all patience.
    private func endAtOnce(_ signals: StopSignals, afterThe number: Int) async {
        let cause = await signals.wait(for: number)
        guard !Task.isCancelled else { return }
        Output.line("\(cause) once more: stopping at once")
        Output.endProgram(1)
    }

    /// A tree that gives up is the end of the program: whoever started it has to know.
    private func watch(_ shop: Shop) {
        Task {
            do { try await shop.waitForEnd() } catch {
                Output.line("the shop has given up: \(error)")
                Output.endProgram(1)
            }
        }
    }

    private func settings() -> ShopSettings {
        let temporary = FileManager.default.temporaryDirectory.appending(
            path: "storefront-\(UUID().uuidString.prefix(8)).sqlite")
        var settings = ShopSettings(database: database ?? temporary.path)
        settings.port = port
        settings.configuration = configuration
        settings.audit = audit
        settings.bank = bank.map { .at(port: $0) } ?? Self.ownBank(beside: settings.database)
        settings.bankPatience = .milliseconds(bankPatience)
        settings.requestsPerSecond = rate
        settings.burst = rate * 2
        settings.sessionIdle = .seconds(sessionIdle)
        settings.drain = .milliseconds(drain)
        settings.faultToken = faults
        settings.defect = plant
        settings.slowStart = .seconds(slowStart)
        if stuckStart { settings.whenStuck = { Output.line("the start is stuck") } }
        return settings
    }

    private static func ownBank(beside database: String) -> BankSetting? {
        Bundle.main.executableURL.map { .program($0, ledger: database + "-bank") }
    }

    private func announce(_ shop: Shop) async {
        let address = "http://127.0.0.1:\(shop.port)"
        Output.line(
            """

            \(await shop.drawing())
            bank on 127.0.0.1:\(shop.bankPort.map { "\($0)" } ?? "?")\(bank == nil ? ", started by the shop" : "")
            listening on \(address)

            curl -s \(address)/products
            curl -s -X PUT \(address)/carts/ann/lines/tea -d '{"quantity": 2}'
            curl -s \(address)/carts/ann | curl -s \(address)/orders -H 'Idempotency-Key: first' -d @-
            curl -s -X POST \(address)/orders/1/checkout

            Ctrl-C stops it.
            """)
    }

    private static func remove(_ database: String) {
        for file in [database, database + "-bank"] {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        }
    }

    /// Ends the program although a killed handler may still run: that is no reason to wait.
    private func quit(_ text: String) -> Never {
        Output.line(text)
        Output.endProgram(0)
    }
}

extension Defect {
    init(argument: String) throws {
        guard let defect = Defect(rawValue: argument) else {
            let all = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no defect '\(argument)'; there are \(all)")
        }
        self = defect
    }
}
