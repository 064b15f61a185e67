import ArgumentParser
import Drill
import DrillJudge
import DrillLog
import DrillPlan
import DrillReport
import Foundation
import ShopServer

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Load a shop over HTTP, break it by plan, and check that nothing was lost.",
        discussion: """
            Exit 0: nothing lost. Exit 1: something was lost, doubled, wrong or unanswered, failed without a fault, or \
            did not come back. Exit 2: too few orders or faults to tell. What exactly is checked: docs/drill.md.
            """)

    @Option(help: "How long new requests are sent.")
    var seconds = 60

    @Option(help: "Polite customers at the same time.")
    var clients = 32

    @Option(help: "The same seed gives the same plan of faults and the same customers.")
    var seed: UInt64 = 1

    @Option(help: "So many drills with seeds one after the other; ends with the first that is not found good.")
    var `repeat` = 1

    @Option(help: "Where database, logs and report go; a new folder among the temporary ones if not given.")
    var output: String?

    @Flag(help: "Print the plan of faults and do nothing.")
    var plan = false

    @Option(help: .hidden, transform: Defect.init(argument:))
    var plant: Defect?

    /// The same as `--plant skip-intent`.
    @Flag(help: .hidden)
    var skipIntent = false

    /// The same as `--plant bank-forgets-keys`.
    @Flag(help: .hidden)
    var bankForgetsKeys = false

    private var defect: Defect? { plant ?? (skipIntent ? .skipIntent : bankForgetsKeys ? .bankForgetsKeys : nil) }

    func validate() throws {
        guard (5...86_400).contains(seconds) else { throw ValidationError("--seconds must be 5 to 86400") }
        guard (1...1_000).contains(clients) else { throw ValidationError("--clients must be 1 to 1000") }
        guard (1...10_000).contains(`repeat`) else { throw ValidationError("--repeat must be 1 to 10000") }
    }

    func run() async throws {
        let seeds = (0..<UInt64(`repeat`)).map { seed &+ $0 }
        if plan {
            for seed in seeds { print(FaultPlan(seed: seed, seconds: seconds), terminator: "") }
            return
        }
        let folder = try freshFolder()
        if seeds.count == 1 { return try await drillOnce(folder) }
        for seed in seeds {
            let place = folder.appending(path: "seed-\(seed)")
            let verdict = try await drill(seed, place)
            Output.line("seed \(seed): \(Self.oneLine(verdict))")
            if verdict.exitCode != 0 {
                show(verdict, place)
                Output.line("the first of \(seeds.count) seeds that fails; replay its plan: \(replay(seed))")
                Output.line("\n\(verdict.jsonLine)")
                throw ExitCode(verdict.exitCode)
            }
            // What is good is worth its report only.
            try Self.removeLogs(RunFolder(place))
        }
        Output.line("all \(seeds.count) seeds found good; reports in \(folder.path)")
    }

    private func drillOnce(_ folder: URL) async throws {
        let verdict = try await drill(seed, folder)
        show(verdict, folder)
        Output.line("\n\(verdict.jsonLine)")
        if verdict.exitCode != 0 { throw ExitCode(verdict.exitCode) }
    }

    private func drill(_ seed: UInt64, _ folder: URL) async throws -> Verdict {
        Output.line("drill: \(seconds) s, \(clients) clients, seed \(seed), logs in \(folder.path)")
        let ticker = Ticker()
        let drill = DrillRun(
            seconds: seconds, clients: clients, seed: seed, folder: folder, executable: try thisProgram(),
            shopArguments: defect.map { ["--plant", $0.rawValue] } ?? [],
            bankArguments: defect == .bankForgetsKeys ? ["--forgets-keys"] : [], progress: { ticker.show($0.line) })
        let verdict = try await drill.run()
        ticker.end()
        try RunFolder(folder).saveReport(verdict)
        return verdict
    }

    private func show(_ verdict: Verdict, _ folder: URL) {
        let summary = Summary(verdict)
        Output.line("\n\(summary.table)\n\n\(summary.conclusion)\n")
        Output.line("report:      \(RunFolder(folder).report.path)")
        Output.line("judge again: storefront judge \(folder.path)")
    }

    private static func oneLine(_ verdict: Verdict) -> String {
        let figures = verdict.figures
        let result = ["nothing lost", "\(verdict.findings.count) findings", "too thin"][Int(verdict.exitCode)]
        let faults = figures.faults.values.reduce(0) { $0 + $1.done }
        let recovery = figures.recovery.map { ", recovery p99 \($0.p99) ms" } ?? ""
        return
            "\(result); \(figures.requests) requests, \(figures.ordersAcknowledged) orders, \(faults) faults\(recovery)"
    }

    private func replay(_ seed: UInt64) -> String {
        "storefront drill --seconds \(seconds) --clients \(clients) --seed \(seed)"
    }

    private static func removeLogs(_ files: RunFolder) throws {
        for file in try FileManager.default.contentsOfDirectory(at: files.url, includingPropertiesForKeys: nil)
        where file.lastPathComponent != files.report.lastPathComponent {
            try FileManager.default.removeItem(at: file)
        }
    }

    private func freshFolder() throws -> URL {
        let folder =
            output.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "storefront-drill-\(UUID().uuidString.prefix(8))")
        let isUsed = (try? FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty) == false
        guard !isUsed else { throw ValidationError("\(folder.path) is not empty; a drill needs a fresh database") }
        return folder
    }

    private func thisProgram() throws -> URL {
        guard let url = Bundle.main.executableURL else { throw ValidationError("cannot find this program's own file") }
        return url
    }
}
