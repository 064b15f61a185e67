import DrillClient
public import DrillJudge
import DrillLog
import DrillPlan
public import Foundation

/// A drill from start to verdict: a fresh shop in a process of its own, its clients, its faults, its judge.
public struct DrillRun: Sendable {
    public var seconds: Int
    public var clients: Int
    public var seed: UInt64
    /// Where logs and database go; it must be new or empty.
    public var folder: URL
    /// The program to run as the shop.
    public var executable: URL
    /// More arguments for it.
    public var shopArguments: [String]
    /// Where progress goes, a line at a time.
    public var say: @Sendable (String) -> Void

    public init(
        seconds: Int, clients: Int, seed: UInt64, folder: URL, executable: URL, shopArguments: [String] = [],
        say: @escaping @Sendable (String) -> Void
    ) {
        self.seconds = seconds
        self.clients = clients
        self.seed = seed
        self.folder = folder
        self.executable = executable
        self.shopArguments = shopArguments
        self.say = say
    }

    public func run() async throws -> Verdict {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = RunFolder(folder)
        let plan = FaultPlan(seed: seed, seconds: seconds)
        var record = RunRecord(
            seed: seed, seconds: seconds, clients: clients, faultKinds: Fault.Kind.allCases.map(\.rawValue))
        try files.save(record)
        let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let shop = try await ShopProcess(
            executable: executable,
            arguments: [
                "run", "--port", "0", "--database", files.database.path, "--audit", files.audit.path, "--faults",
                token, "--until-eof",
            ] + shopArguments,
            log: files.shopLog)
        say("shop on port \(shop.port), logs in \(folder.path)")
        let clock = RunClock()
        do {
            try await drive(plan, shop: shop, token: token, record: record, clock: clock, files: files)
        } catch is ShopEnded {
            say("the shop has ended; see \(files.shopLog.path)")
        } catch {
            shop.kill()
            throw error
        }
        let counts = await finalCounts(shop, token)
        record.restarts = counts?.restarts
        record.connectionsLent = counts?.lent
        record.eventsLost = counts?.lostEvents
        record.shopEnd = await shop.stop(within: .seconds(30))
        if shop.isRunning { shop.kill() }
        try files.save(record)
        return Judge(try Evidence(folder: files)).verdict()
    }

    /// Clients and faults side by side, until both are through.
    private func drive(
        _ plan: FaultPlan, shop: ShopProcess, token: String, record: RunRecord, clock: RunClock, files: RunFolder
    ) async throws {
        let tally = Tally()
        let board = FaultBoard()
        let injector = FaultInjector(
            port: shop.port, token: token, clock: clock, log: try LineWriter(files.faults), board: board,
            patience: record.longestRecovery + 1_000)
        let end = Double(seconds) * 1_000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                let log = try LineWriter(files.client(client))
                let random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(client))
                group.addTask {
                    var customer = Customer(
                        client: client, port: shop.port, clock: clock, log: log, tally: tally, random: random, end: end)
                    try await customer.run()
                }
            }
            group.addTask { try await injector.run(plan) }
            let progress = Task { await report(plan, tally, board, clock) }
            defer { progress.cancel() }
            group.addTask {
                while shop.isRunning { try await Task.sleep(for: .milliseconds(200)) }
                throw ShopEnded()
            }
            // All but the last of these tasks end by themselves.
            for _ in 0...clients { try await group.next() }
            group.cancelAll()
        }
    }

    private struct ShopEnded: Error {}

    private func report(_ plan: FaultPlan, _ tally: Tally, _ board: FaultBoard, _ clock: RunClock) async {
        var requestsBefore = 0
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let counts = tally.current
            let faults = board.current
            let rate = counts.requests - requestsBefore
            requestsBefore = counts.requests
            say(
                Text.right("\(Int(clock.now / 1_000)) s", 5) + Text.right("\(rate) requests/s", 18)
                    + Text.right("\(counts.acknowledged) orders", 14)
                    + Text.right("\(faults.done) of \(plan.faults.count) faults", 18)
                    + Text.right("\(faults.open) open", 9) + Text.right("\(counts.lost) resent", 13))
        }
    }

    private struct Counts: Decodable { let restarts: Int, lent: Int?, lostEvents: Int }

    /// What the shop counts when nobody asks anything of it any more; waits a while for what is still lent.
    private func finalCounts(_ shop: ShopProcess, _ token: String) async -> Counts? {
        var counts: Counts?
        for attempt in 0..<100 {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(50)) }
            counts = await self.counts(shop, token) ?? counts
            if counts?.lent == 0 { break }
        }
        return counts
    }

    private func counts(_ shop: ShopProcess, _ token: String) async -> Counts? {
        guard let connection = try? await HTTPConnection.open(port: shop.port) else { return nil }
        defer { connection.close() }
        let answer = try? await connection.send("GET", "/faults/counts", headers: [("Fault-Token", token)])
        return answer.flatMap { try? JSONDecoder().decode(Counts.self, from: Data($0.body.utf8)) }
    }
}
