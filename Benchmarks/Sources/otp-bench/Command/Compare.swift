import ArgumentParser
import BenchKit
import Foundation

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures, prints tables and one line of JSON. Ends with status 1 when a row misses its target.",
        discussion: """
            Rows: \(rows.map(\.name).joined(separator: ", ")).

            Curves: \(curves.map(\.name).joined(separator: ", ")).
            """)

    @Option(parsing: .upToNextOption, help: "Only these rows and curves; `growth` stands for all curves.")
    var only: [String] = []

    @Option(help: "Rounds of each row. Sides take turns within a round.")
    var rounds = 11

    @Option(help: "Peers to compare with, separated by commas: \(Peers.names.joined(separator: ", ")), or none.")
    var peers = Peers.names.joined(separator: ",")

    @Option(help: "Write the line of JSON to this file instead of printing it.")
    var json: String?

    @Option(help: "Measure the curves too, and draw them into this SVG file.")
    var plot: String?

    @Flag(inversion: .prefixedNo, help: "The column with this library as the process-wide executor.")
    var hook = true

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1, not \(rounds)") }
        let known = rows.map(\.name) + curves.map(\.name) + ["growth"]
        for name in selection where !known.contains(name) {
            throw ValidationError("no row '\(name)'; there are \(known.joined(separator: ", "))")
        }
        for name in peerNames where !Peers.names.contains(name) {
            throw ValidationError("no peer '\(name)'; there are \(Peers.names.joined(separator: ", ")) and none")
        }
    }

    private var selection: [String] {
        only.flatMap { $0.split(separator: ",").map(String.init) }
    }

    private var peerNames: [String] {
        peers.split(separator: ",").map(String.init).filter { $0 != "none" }
    }

    private var selectedRows: [Row] {
        selection.isEmpty ? rows : rows.filter { selection.contains($0.name) }
    }

    private var selectedCurves: [Curve] {
        let areAllMeant = selection.contains("growth") || (selection.isEmpty && plot != nil)
        return areAllMeant ? curves : curves.filter { selection.contains($0.name) }
    }

    func run() throws {
        let contestants =
            try Serve.columns(hook: hook)
            + peerNames.compactMap { name in
                Peers.contestant(
                    name, sources: Self.package.appendingPathComponent("Peers/\(name)"),
                    into: Self.package.appendingPathComponent(".build/peers/\(name)"), skip: note)
            }
        let columns = contestants.map(\.name)
        let results = selectedRows.map { Runner(contestants, rounds: rounds, progress: note).run($0) }
        // A curve shows a shape: its points need not be as sure as a row.
        let drawn = selectedCurves.map { Runner(contestants, rounds: min(rounds, 3), progress: note).run($0) }
        let machine = Machine.current()

        print(machine)
        for contestant in contestants { print("\(contestant.name): \(contestant.versions)") }
        print("medians of \(rounds) interleaved rounds; cpu: ns of all threads, sw: context switches, per operation\n")
        if !results.isEmpty { print(Table(results, columns: columns).text + "\n") }
        for curve in drawn { print(curve.text(columns) + "\n") }
        for failure in results.flatMap(\.failures) + drawn.flatMap(\.failures) { print("failed: \(failure)") }
        if let plot { try Plot(drawn, columns: columns).svg.write(toFile: plot, atomically: true, encoding: .utf8) }
        let report = Report(results, curves: drawn, contestants: contestants, rounds: rounds, machine: machine)
        if let json {
            try (report.line + "\n").write(toFile: json, atomically: true, encoding: .utf8)
        } else {
            print(report.line)
        }
        let verdicts = results.flatMap(\.judgements).map(\.verdict)
        let hasFailed = results.contains { !$0.failures.isEmpty } || drawn.contains { !$0.failures.isEmpty }
        if hasFailed || verdicts.contains(where: { [.miss, .noisy, .failed].contains($0) }) { throw ExitCode(1) }
    }

    /// The folder of this package: the peers' programs lie beside its sources.
    private static var package: URL {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }

    private func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
