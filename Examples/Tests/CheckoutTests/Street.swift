import BankWire
import DrillClient
import DrillJudge
import DrillLog
import Foundation
import GRDB
import Synchronization

@testable import Drill

/// A bank and a shop side by side, each a process of the operating system with a file of its own. Either can be ended
/// by SIGKILL and started again where it was.
final class Street: Sendable {
    static let token = "street"

    let folder: URL
    let shopPort: Int
    let bank: BankControl
    private let bankArguments: [String]
    private let shopArguments: [String]
    private let running: Mutex<(bank: ShopProcess, shop: ShopProcess)>

    init(bankOptions: [String] = [], shopOptions: [String] = []) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "street-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let ledger = folder.appending(path: "bank.sqlite").path
        bankArguments = ["bank", "--ledger", ledger, "--door", Self.token, "--until-eof"] + bankOptions
        let bankProcess = try await Self.start(
            bankArguments + ["--port", "0"], log: folder.appending(path: "bank.log"), mark: "127.0.0.1:")
        bank = BankControl(port: bankProcess.port, token: Self.token)
        shopArguments =
            [
                "run", "--database", folder.appending(path: "shop.sqlite").path, "--bank", "\(bankProcess.port)",
                "--bank-patience", "200", "--faults", Self.token, "--rate", "100000", "--drain", "0", "--until-eof",
            ] + shopOptions
        let shop = try await Self.start(
            shopArguments + ["--port", "0"], log: folder.appending(path: "shop.log"), mark: "http://127.0.0.1:")
        shopPort = shop.port
        running = Mutex((bankProcess, shop))
    }

    /// SIGKILL, and a fresh start.
    func killShop() async throws {
        await Self.end(running.withLock(\.shop))
        let shop = try await Self.start(
            shopArguments + ["--port", "\(shopPort)"], log: folder.appending(path: "shop.log"),
            mark: "http://127.0.0.1:")
        running.withLock { $0.shop = shop }
    }

    /// SIGKILL, and a fresh start.
    func killBank() async throws {
        await endBank()
        try await startBank()
    }

    /// SIGKILL; there is no bank from now on.
    func endBank() async { await Self.end(running.withLock(\.bank)) }

    /// The bank as it was, on its port.
    func startBank() async throws {
        let process = try await Self.start(
            bankArguments + ["--port", "\(bank.port)"], log: folder.appending(path: "bank.log"), mark: "127.0.0.1:")
        running.withLock { $0.bank = process }
    }

    /// SIGTERM to both; how the shop ended.
    func close() async -> String {
        let (bank, shop) = running.withLock { $0 }
        let end = await shop.stop(within: .seconds(20))
        _ = await bank.stop(within: .seconds(20))
        return end
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    // MARK: Through the shop's door

    func hold(_ point: String) async throws {
        let answer = try await door("POST", "/faults/checkpoints/\(point)")
        guard answer.status == 204 else { throw Unexpected(answer: answer) }
    }

    func waitUntilHeld() async throws {
        let answer = try await door("GET", "/faults/checkpoints")
        guard answer.status == 204 else { throw Unexpected(answer: answer) }
    }

    func release() async throws { _ = try await door("DELETE", "/faults/checkpoints") }

    func door(_ method: String, _ path: String, _ body: String? = nil) async throws -> HTTPAnswer {
        let connection = try await HTTPConnection.open(port: shopPort)
        defer { connection.close() }
        return try await connection.send(
            method, path, headers: [("Fault-Token", Self.token)], body: body, within: .seconds(30))
    }

    struct Unexpected: Error { let answer: HTTPAnswer }

    // MARK: What is left

    /// The capture key of an order, from the database; nil before the intent.
    func key(of order: Int) throws -> String? {
        try DatabaseQueue(path: folder.appending(path: "shop.sqlite").path).read { db in
            try String.fetchOne(db, sql: "SELECT key FROM payments WHERE order_id = ?", arguments: [order])
        }
    }

    var accounts: Accounts {
        get throws {
            try Accounts(
                database: folder.appending(path: "shop.sqlite"), ledger: folder.appending(path: "bank.sqlite"))
        }
    }

    func log(_ client: Int) -> URL { folder.appending(path: "client-\(client).jsonl") }

    /// What customers were told of payments, from their logs.
    func told(_ clients: [Int]) throws -> [PaymentAudit.Told] {
        try clients.flatMap { client in
            try Data(contentsOf: log(client)).split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(ClientLine.self, from: $0)
            }
        }.filter { $0.event == .answer }.compactMap { $0.body.flatMap(PaymentAudit.Told.init) }
    }

    // MARK: Processes

    private static func start(_ arguments: [String], log: URL, mark: String) async throws -> ShopProcess {
        try await ShopProcess(
            executable: program, arguments: arguments, log: log, mark: mark)
    }

    private static func end(_ process: ShopProcess) async {
        process.kill()
        _ = await process.stop(within: .seconds(10))
    }

    static var program: URL { products.appending(path: "storefront") }

    /// Where the tests and the program were built.
    private static var products: URL {
        #if os(macOS)
            return Bundle(for: Marker.self).bundleURL.deletingLastPathComponent()
        #else
            return Bundle.main.bundleURL
        #endif
    }
}

private final class Marker {}
