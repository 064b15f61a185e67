import ArgumentParser
import Drill
import DrillPlan
import Foundation

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Load a shop over HTTP, break it by plan, and check that nothing was lost.",
        discussion: """
            Exit 0: nothing lost. Exit 1: an order was lost, doubled or wrong, a request went unanswered for 10 s, or \
            something permanent was not serving again 5 s after its fault. Exit 2: too few orders or faults to tell.
            """)

    @Option(help: "How long new requests are sent.")
    var seconds = 20

    @Option(help: "Customers at the same time.")
    var clients = 32

    @Option(help: "The same seed gives the same plan of faults and the same customers.")
    var seed: UInt64 = 1

    @Option(help: "Where database and logs go; a new folder among the temporary ones if not given.")
    var output: String?

    @Flag(help: "Print the plan of faults and do nothing.")
    var plan = false

    func validate() throws {
        guard (5...86_400).contains(seconds) else { throw ValidationError("--seconds must be 5 to 86400") }
        guard (1...1_000).contains(clients) else { throw ValidationError("--clients must be 1 to 1000") }
    }

    func run() async throws {
        if plan {
            print(FaultPlan(seed: seed, seconds: seconds), terminator: "")
            return
        }
        let folder = try freshFolder()
        print("drill: \(seconds) s, \(clients) clients, seed \(seed)")
        let drill = DrillRun(
            seconds: seconds, clients: clients, seed: seed, folder: folder, executable: try thisProgram(),
            say: Output.line)
        let report = Report(try await drill.run())
        print("\n\(report.table)\n\n\(report.conclusion)\n")
        print("judge again: storefront judge \(folder.path)\n")
        print(report.json)
        Output.flush()
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
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
