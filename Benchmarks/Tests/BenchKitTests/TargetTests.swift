import BenchKit
import Testing

/// A row whose sides needed these figures, one for each round.
private func result(_ figures: [String: [Double?]], _ target: Target) -> Judgement {
    var result = RowResult(Row("work", "some work", size: 1, targets: [target]))
    for (name, values) in figures { result.samples[name] = values.map { $0.map { Sample(value: $0) } } }
    return result.judgements[0]
}

@Suite struct TargetTests {
    let third = Target(.peer("erlang"), columns: ["ours"], atMost: 1.0 / 3)

    @Test func theBoundOfTheRatiosDecides() {
        let peer = [Double](repeating: 4, count: 11)
        let most = [Double](repeating: 1, count: 9)
        #expect(result(["ours": most + [9, 9], "erlang": peer], third).verdict == .pass)
        #expect(result(["ours": most.dropLast() + [9, 9, 9], "erlang": peer], third).verdict == .noisy)
        #expect(result(["ours": most.dropLast(4) + [2, 9, 9, 9, 9, 9], "erlang": peer], third).verdict == .miss)
    }

    @Test func fewRoundsProveNothing() {
        #expect(result(["ours": [1, 1, 1], "erlang": [4, 4, 4]], third).verdict == .noisy)
        #expect(result(["ours": [2, 2, 2], "erlang": [4, 4, 4]], third).verdict == .miss)
    }

    @Test func aFailedRoundIsNoPass() {
        #expect(result(["ours": [1, nil, 1], "erlang": [4, 4, 4]], third).verdict == .failed)
        #expect(result(["ours": [1, 1, 1], "erlang": [4, nil, 4]], third).verdict == .failed)
        #expect(result(["ours": [nil], "erlang": [4]], third).verdict == .failed)
    }

    @Test func whoWasNotMeasuredIsNotJudged() {
        #expect(result(["ours": [1]], third).verdict == .noPeer)
        #expect(result(["erlang": [1]], third).verdict == .noColumn)
    }

    @Test func theCheapestColumnIsHeldAgainstTheCheapestPeer() {
        let target = Target(.best(of: ["go", "rust"]), columns: ["ours", "sync"], atMost: 1)
        let judged = result(
            ["ours": [5, 5, 5, 5, 5], "sync": [2, 2, 2, 2, 2], "go": [9, 9, 9, 9, 9], "rust": [3, 3, 3, 3, 3]], target)
        #expect(judged.column == "sync")
        #expect(judged.peer == "rust")
        #expect(judged.verdict == .pass)
    }

    @Test func absoluteFiguresNeedNoPeer() {
        let target = Target(.absolute, columns: ["ours"], atMost: 100)
        #expect(result(["ours": [99, 99, 99, 99, 99]], target).verdict == .pass)
        #expect(result(["ours": [101, 101, 101, 101, 101]], target).verdict == .miss)
    }

    @Test func targetsReadAsFractions() {
        #expect(third.limit == "≤ 1/3")
        #expect(Target(.absolute, columns: [], atMost: 100).limit == "≤ 100")
    }
}
