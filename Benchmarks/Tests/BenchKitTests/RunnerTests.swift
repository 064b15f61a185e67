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
        let row = Row("work", "some work", size: 100, target: .ratio(to: "peer", atMost: 1.0 / 4))
        let result = Runner(sides, rounds: 3, progress: { _ in }).run(row)
        #expect(result.failures.isEmpty)
        #expect(result.values("ours") == [5, 5, 5])
        #expect(result.values("peer") == [20, 20, 20])
        #expect(result.ratios("ours", "peer")?.median == 0.25)
        #expect(result.verdict("ours") == .pass)
    }

    @Test func aPeerWithoutTheRowLeavesItOpen() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let row = Row("work", "some work", size: 100, against: "other", target: .ratio(to: "peer", atMost: 1.0 / 4))
        let result = Runner(sides, rounds: 1, progress: { _ in }).run(row)
        #expect(result.values("peer") == nil)
        #expect(result.verdict("ours") == .noPeer)
    }

    @Test func aSideThatFailsFailsItsRow() throws {
        let broken = "while read -r word; do case $word in hello) echo ok 1;; rows) echo ok work;; *) exit;; esac; done"
        let sides = [try Contestant("ours", .ours, .init("/bin/sh", ["-c", broken]))]
        let result = Runner(sides, rounds: 2, progress: { _ in }).run(Row("work", "some work", size: 100))
        #expect(result.verdict("ours") == .failed)
        #expect(!result.failures.isEmpty)
    }

    @Test func theTableNamesRowsRatiosAndTargets() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5), try contestant("peer", .peer, nanoseconds: 20)]
        let row = Row("work", "some work", size: 100, target: .ratio(to: "peer", atMost: 1.0 / 5))
        let result = Runner(sides, rounds: 1, progress: { _ in }).run(row)
        let line = Table([result], ours: ["ours"], peers: ["peer"]).text.split(separator: "\n").last ?? ""
        for part in ["some work [ns]", "0.25", "≤ 1/5", "miss"] { #expect(line.contains(part)) }
    }

    @Test func theReportHoldsEveryRound() throws {
        let sides = [try contestant("ours", .ours, nanoseconds: 5)]
        let result = Runner(sides, rounds: 2, progress: { _ in }).run(Row("work", "some work", size: 100))
        let report = Report([result], contestants: sides, ours: ["ours"], rounds: 2, machine: .current())
        #expect(report.line.contains("\"row\":\"work\""))
        #expect(report.line.contains("\"versions\":{\"ours\":\"ours 1.0\"}"))
        #expect(report.line.ranges(of: "\"value\":5").count == 2)
    }
}
