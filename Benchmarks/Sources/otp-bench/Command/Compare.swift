import ArgumentParser
import BenchKit
import Foundation

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures, prints a table and one line of JSON. Ends with status 1 when a row misses its target.")

    @Option(parsing: .upToNextOption, help: "Only these rows: \(rows.map(\.name).joined(separator: ", ")).")
    var only: [String] = []

    @Option(help: "Rounds of each row. Sides take turns within a round.")
    var rounds = 5

    @Option(help: "Peers to compare with, separated by commas: erlang, or none.")
    var peers = "erlang"

    @Option(help: "Write the line of JSON to this file instead of printing it.")
    var json: String?

    @Flag(help: "Add a column for this library as the process-wide executor.")
    var hook = false

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1, not \(rounds)") }
        let known = Set(rows.map(\.name))
        for name in selection where !known.contains(name) {
            throw ValidationError("no row '\(name)'; there are \(rows.map(\.name).joined(separator: ", "))")
        }
        for name in peerNames where name != "erlang" {
            throw ValidationError("no peer '\(name)'; there are erlang and none")
        }
    }

    private var selection: [String] {
        only.flatMap { $0.split(separator: ",").map(String.init) }
    }

    private var peerNames: [String] {
        peers.split(separator: ",").map(String.init).filter { $0 != "none" }
    }

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("otp-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        var contestants = [try Contestant("ours", .ours, Serve.launch(hook: false))]
        if hook {
            contestants.append(try Contestant("ours, hook", .ours, Serve.launch(hook: true)))
        }
        let ours = contestants.map(\.name)
        if peerNames.contains("erlang") {
            let erlang = ErlangPeer.contestant(
                sources: Self.peerSources("erlang"), into: folder.appendingPathComponent("erlang"), skip: note)
            if let erlang { contestants.append(erlang) }
        }
        let selected = selection.isEmpty ? rows : rows.filter { selection.contains($0.name) }
        let runner = Runner(contestants, rounds: rounds, progress: note)
        let results = selected.map { runner.run($0) }
        let machine = Machine.current()

        print(machine)
        for contestant in contestants { print("\(contestant.name): \(contestant.versions)") }
        print("medians of \(rounds) interleaved rounds; cpu: ns of all threads, sw: context switches, per operation\n")
        print(Table(results, ours: ours, peers: contestants.map(\.name).filter { !ours.contains($0) }).text)
        print("")
        for failure in results.flatMap(\.failures) { print("failed: \(failure)") }
        let report = Report(results, contestants: contestants, ours: ours, rounds: rounds, machine: machine)
        if let json {
            try (report.line + "\n").write(toFile: json, atomically: true, encoding: .utf8)
        } else {
            print(report.line)
        }
        let verdicts = results.map { $0.verdict(ours[0]) }
        if verdicts.contains(.miss) || verdicts.contains(.failed) { throw ExitCode(1) }
    }

    /// The programs of a peer, beside this package's sources.
    private static func peerSources(_ name: String) -> URL {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Peers").appendingPathComponent(name)
    }

    private func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
