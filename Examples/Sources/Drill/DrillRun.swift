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
    /// More arguments for the program as the bank.
    public var bankArguments: [String]
    /// Told how it stands, every second.
    public var progress: @Sendable (Progress) -> Void

    public init(
        seconds: Int, clients: Int, seed: UInt64, folder: URL, executable: URL, shopArguments: [String] = [],
        bankArguments: [String] = [],
        progress: @escaping @Sendable (Progress) -> Void
    ) {
        self.seconds = seconds
        self.clients = clients
        self.seed = seed
        self.folder = folder
        self.executable = executable
        self.shopArguments = shopArguments
        self.bankArguments = bankArguments
        self.progress = progress
    }

    public func run() async throws -> Verdict {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = RunFolder(folder)
        let plan = FaultPlan(seed: seed, seconds: seconds)
        let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let machine = Machine.description
        let bank = try await ShopHost(
            executable: executable,
            arguments: ["bank", "--ledger", files.ledger.path, "--door", token, "--until-eof"] + bankArguments,
            log: files.bankLog, mark: "127.0.0.1:")
        let host = try await ShopHost(
            executable: executable,
            arguments: [
                "run", "--database", files.database.path, "--audit", files.audit.path, "--faults", token,
                "--bank", "\(bank.port)", "--until-eof",
            ] + shopArguments,
            log: files.shopLog)
        let scene = try Scene(
            host: host, door: Door(port: host.port, token: token), bank: bank,
            bankDoor: BankControl(port: bank.port, token: token), clients: clients, files: files)
        var record = RunRecord(
            seed: seed, seconds: seconds, clients: clients, offenders: scene.offenders.numbers,
            faultKinds: Set(plan.faults.map(\.kind.rawValue)).sorted(), planned: plan.faults.count, machine: machine)
        try files.save(record)
        do {
            try await drive(plan, scene, patience: record.limits.longestRecovery + 1_000)
        } catch is ShopEnded {
            // How it ended is noted below, and is a finding.
        } catch {
            host.shop.kill()
            bank.shop.kill()
            throw error
        }
        let counts = await finalCounts(scene.door)
        record.connectionsLent = counts?.lent
        record.eventsLost = counts?.lostEvents
        try await scene.sampler.look()
        record.restarts = scene.sampler.restarts
        record.shopEnd = await host.shop.stop(within: .seconds(30))
        if host.shop.isRunning { host.shop.kill() }
        _ = await bank.shop.stop(within: .seconds(10))
        if bank.shop.isRunning { bank.shop.kill() }
        try files.save(record)
        return try Judge(folder: files).verdict()
    }

    /// Clients and faults side by side, until both are through.
    private func drive(_ plan: FaultPlan, _ scene: Scene, patience: Double) async throws {
        let injector = FaultInjector(
            host: scene.host, door: scene.door, bank: scene.bank, bankDoor: scene.bankDoor, offenders: scene.offenders,
            clock: scene.clock,
            log: try LineWriter(scene.files.faults), board: scene.board, patience: patience)
        let end = Double(seconds) * 1_000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                let log = try LineWriter(scene.files.client(client))
                let random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(client))
                group.addTask {
                    var customer = Customer(
                        client: client, port: scene.door.port, clock: scene.clock, log: log, tally: scene.tally,
                        random: random, end: end)
                    try await customer.run()
                }
            }
            group.addTask { try await injector.run(plan) }
            let watch = Task { try await report(plan, scene) }
            defer { watch.cancel() }
            group.addTask {
                while !scene.host.hasEndedByItself, !scene.bank.hasEndedByItself {
                    try await Task.sleep(for: .milliseconds(200))
                }
                throw ShopEnded()
            }
            // All but the last of these tasks end by themselves.
            for _ in 0...clients { try await group.next() }
            group.cancelAll()
        }
    }

    private struct ShopEnded: Error {}

    private func report(_ plan: FaultPlan, _ scene: Scene) async throws {
        var before = Tally.Counts()
        while true {
            try await Task.sleep(for: .seconds(1))
            try await scene.sampler.look()
            let counts = scene.tally.current
            progress(
                Progress(
                    at: scene.clock.now, requests: counts.requests - before.requests,
                    failed: counts.failed + counts.lost - before.failed - before.lost, orders: counts.acknowledged,
                    faults: scene.board.current, planned: plan.faults.count, sample: scene.sampler.last))
            before = counts
        }
    }

    /// What the shop counts when nobody asks anything of it any more; waits a while for what is still lent, and for payments
    /// of which it is not known yet what the bank did.
    private func finalCounts(_ door: Door) async -> Door.Counts? {
        var counts: Door.Counts?
        for attempt in 0..<100 {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(50)) }
            counts = await door.counts() ?? counts
            if counts?.lent == 0, await door.openPayments() == 0 { break }
        }
        return counts
    }
}

/// Who takes part in a run.
private struct Scene: Sendable {
    let host: ShopHost
    let door: Door
    let bank: ShopHost
    let bankDoor: BankControl
    let files: RunFolder
    let offenders: Offenders
    let sampler: Sampler
    let clock = RunClock()
    let tally = Tally()
    let board = FaultBoard()

    init(
        host: ShopHost, door: Door, bank: ShopHost, bankDoor: BankControl, clients: Int, files: RunFolder
    ) throws {
        self.host = host
        self.door = door
        self.bank = bank
        self.bankDoor = bankDoor
        self.files = files
        offenders = try Offenders(first: clients, port: door.port, clock: clock, files: files)
        sampler = Sampler(host: host, door: door, clock: clock, log: try LineWriter(files.samples))
    }
}
