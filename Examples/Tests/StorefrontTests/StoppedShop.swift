import DrillClient
import DrillLog
import Foundation
import Synchronization
import Testing

/// A shop and its bank that are told to stop and are started again, with customers who note everything and send again
/// what was not decided; at the end the judge has the last word.
final class StoppedShop: Sendable {
    private static let token = "secret"
    /// Orders that have to be through before it is stopped.
    private static let enough = 20

    let folder = RunFolder(FileManager.default.temporaryDirectory.appending(path: "stop-test-\(UUID().uuidString)"))
    let tally = Tally()
    private let clock = RunClock()
    private let bank: Program
    private let bankPort: Int
    private let faults: LineWriter

    init() async throws {
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        bank = try Program("bank", "--ledger", folder.ledger.path, "--port", "0")
        bankPort = try #require(await bank.port("listens on 127.0.0.1:"))
        faults = try LineWriter(folder.faults)
        _ = try LineWriter(folder.samples)
    }

    deinit { try? FileManager.default.removeItem(at: folder.url) }

    /// The shop as a process; on the port of its predecessor, if it had one.
    func open(port: Int = 0, _ more: String...) throws -> Program {
        try Program(
            [
                "run", "--port", "\(port)", "--database", folder.database.path, "--audit", folder.audit.path,
                "--bank", "\(bankPort)", "--faults", Self.token, "--rate", "100000",
            ] + more)
    }

    /// Makes a handler hang for ever.
    func hang(_ role: String, port: Int) async throws {
        let hit = try await HTTPConnection.open(port: port).send(
            "POST", "/faults", headers: [("Fault-Token", Self.token)],
            body: #"{"kind":"hang","role":"\#(role)","index":0}"#)
        try #require(hit.status == 200)
    }

    /// Customers go shopping until told that it is enough, and then until everything is decided, while `stop` stops the shop
    /// and opens it again. Returns what the judge says.
    ///
    /// - Parameter isIdle: Whether nobody asks anything while it is stopped.
    func judge(port: Int, isIdle: Bool = false, _ stop: () async throws -> Program) async throws -> (Int32, String) {
        let last: Program
        if isIdle {
            try await shop(port: port, until: { self.tally.current.acknowledged >= Self.enough }, meanwhile: {})
            last = try await noting(stop)
        } else {
            let opened = Opened()
            try await shop(port: port, until: { opened.isThrough }) {
                while tally.current.acknowledged < Self.enough { try await Task.sleep(for: .milliseconds(10)) }
                opened.program = try await noting(stop)
            }
            last = try #require(opened.program)
        }
        try await everythingIsPaid(port: port)
        last.send(SIGTERM)
        var record = RunRecord(seed: 0, seconds: 60, clients: Self.clients, faultKinds: [], planned: 1)
        record.shopEnd = "exit \(await last.exitCode())"
        bank.send(SIGTERM)
        _ = await bank.exitCode()
        // A few seconds on a machine that has other things to do.
        record.limits.fewestOrders = Self.enough
        record.limits.smallestQuietShare = 0
        record.limits.longestUnanswered = Self.patience
        record.limits.longestProfile = Self.patience
        try folder.save(record)
        let judge = try Program("judge", folder.url.path)
        return (await judge.exitCode(), await judge.everythingPrinted())
    }

    private static let clients = 8
    /// Milliseconds.
    private static let patience = 60_000.0

    private func shop(
        port: Int, until isEnough: @escaping @Sendable () -> Bool, meanwhile body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                let log = try LineWriter(folder.client(client))
                group.addTask { [clock, tally] in
                    var customer = Customer(
                        client: client, port: port, clock: clock, log: log, tally: tally,
                        random: SystemRandomNumberGenerator(), giveUpAfter: Self.patience,
                        patience: .seconds(20), isEnough: isEnough)
                    try await customer.run()
                }
            }
            try await body()
            try await group.waitForAll()
        }
    }

    /// While it is stopped and opened, everything may fail.
    private func noting(_ stop: () async throws -> Program) async throws -> Program {
        let begun = clock.now
        let program = try await stop()
        let reach = Reach(["*"], losesCarts: true, losesSessions: true, longest: Self.patience)
        try faults.append(
            FaultLine(
                number: 1, kind: "stop", role: "shop", index: 0, at: begun, closed: clock.now, outcome: .done,
                reach: reach))
        return program
    }

    private func everythingIsPaid(port: Int) async throws {
        let door = try await HTTPConnection.open(port: port)
        while true {
            let answer = try await door.send("GET", "/faults/open", headers: [("Fault-Token", Self.token)])
            if answer.status == 200, answer.body.contains(#""open":0"#) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// The shop that was opened last.
private final class Opened: Sendable {
    private let state = Mutex<Program?>(nil)

    var program: Program? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    var isThrough: Bool { program != nil }
}
