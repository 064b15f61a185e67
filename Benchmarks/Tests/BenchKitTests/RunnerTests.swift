import BenchKit
import Testing

/// A side that knows the row `work` and takes `nanoseconds` for an operation.
private func contestant(_ name: String, _ side: Contestant.Side, nanoseconds: Int) throws -> Contestant {
    let script = """
        while read -r word row count; do case $word in
        hello) echo "ok $0 1.0";;
        rows) echo "ok work bytes idle";;
        run) echo "ok $count $((count * \(nanoseconds)))";;
        *) echo ok;;
        esac; done
        """
    return try Contestant(name, side, .init("/bin/sh", ["-c", script, name]))
}

@Suite struct RunnerTests {
    @Test func rowsAreRunOnEverySideThatKnowsThem() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let row = Row(
            "work", "some work", size: 100, targets: [Target(.peer("peer"), columns: ["ours"], atMost: 1.0 / 4)])
        let result = Runner(sides, rounds: 5, progress: { _ in }).run(row)
        #expect(result.failures.isEmpty)
        #expect(result.values("ours") == [5, 5, 5, 5, 5])
        #expect(result.values("peer") == [20, 20, 20, 20, 20])
        #expect(result.ratios("ours", "peer")?.median == 0.25)
        #expect(result.judgements.map(\.verdict) == [.pass])
    }

    @Test func aPeerWithoutTheRowLeavesItOpen() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let row = Row(
            "work", "some work", size: 100, against: "other",
            targets: [Target(.peer("peer"), columns: ["ours"], atMost: 1.0 / 4)])
        let result = Runner(sides, rounds: 1, progress: { _ in }).run(row)
        #expect(result.values("peer") == nil)
        #expect(result.judgements.map(\.verdict) == [.noPeer])
    }

    @Test func aSideThatFailsFailsItsRow() throws {
        let broken = "while read -r word; do case $word in hello) echo ok 1;; rows) echo ok work;; *) exit;; esac; done"
        let sides = [try Contestant("ours", .ours, .init("/bin/sh", ["-c", broken]))]
        let result = Runner(sides, rounds: 2, progress: { _ in }).run(
            Row("work", "some work", size: 100, targets: [Target(.absolute, columns: ["ours"], atMost: 1)]))
        #expect(result.judgements.map(\.verdict) == [.failed])
        #expect(!result.failures.isEmpty)
    }

    @Test func theTableNamesRowsRatiosAndTargets() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let row = Row(
            "work", "some work", size: 100, targets: [Target(.peer("peer"), columns: ["ours"], atMost: 1.0 / 5)])
        let result = Runner(sides, rounds: 1, progress: { _ in }).run(row)
        let lines = Table([result], columns: ["ours", "peer"]).text.split(separator: "\n")
        let figures = lines.first { $0.contains("some work [ns]") } ?? ""
        #expect(figures.contains("20") && figures.hasPrefix("work: "))
        let judged = lines.first { $0.contains("≤ 1/5") } ?? ""
        for part in ["work", "ours", "peer", "0.25", "miss"] { #expect(judged.contains(part)) }
    }

    @Test func aColumnCanBeAnotherWayOfDoingTheSame() throws {
        let script = """
            while read -r word row count; do case $word in
            hello) echo ok 1;; rows) echo ok work work/other;; run) echo "ok $count $((count * ${#row}))";; esac; done
            """
        let launch = PeerProcess.Launch("/bin/sh", ["-c", script])
        let sides = [try Contestant("ours", .ours, launch), try Contestant("other", .ours, launch, variant: "other")]
        let result = Runner(sides, rounds: 1, progress: { _ in }).run(Row("work", "some work", size: 100))
        #expect(result.values("ours") == [4])
        #expect(result.values("other") == [10])
    }

    @Test func aCurveHasAFigureForEachPoint() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let curve = Curve("growth", "some work", .argument("items"), points: [1, 1_000], work: "work")
        let result = Runner(sides, rounds: 2, progress: { _ in }).run(curve)
        #expect(result.line("ours").map(\.x) == [1, 1_000])
        #expect(result.line("peer").map(\.y) == [20, 20])
        let svg = Plot([result], columns: ["ours", "peer"]).svg
        #expect(svg.ranges(of: "<polyline").count == 2)
        #expect(svg.contains(">1k</text>"))
    }

    @Test func theReportHoldsEveryRound() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5)]
        let result = Runner(sides, rounds: 2, progress: { _ in }).run(Row("work", "some work", size: 100))
        let report = Report([result], contestants: sides, rounds: 2, machine: .current())
        #expect(report.line.contains("\"row\":\"work\""))
        #expect(report.line.contains("\"versions\":{\"ours\":\"ours 1.0\"}"))
        #expect(report.line.ranges(of: "\"value\":5").count == 2)
    }
}
