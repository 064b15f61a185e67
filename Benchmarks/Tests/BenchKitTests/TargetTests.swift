import BenchKit
import Testing

@Suite struct TargetTests {
    let third = Target.ratio(to: "erlang", atMost: 1.0 / 3)

    @Test func theMedianOfTheRatiosDecides() {
        #expect(third.verdict(ours: [1, 1, 9], peer: [4, 4, 4]) == .pass)
        #expect(third.verdict(ours: [1, 2, 9], peer: [4, 4, 4]) == .miss)
    }

    @Test func aFailedRoundIsNoPass() {
        #expect(third.verdict(ours: [1, nil, 1], peer: [4, 4, 4]) == .failed)
        #expect(third.verdict(ours: [1, 1, 1], peer: [4, nil, 4]) == .failed)
        #expect(third.verdict(ours: [], peer: [4]) == .failed)
    }

    @Test func withoutThePeerThereIsNoVerdict() {
        #expect(third.verdict(ours: [1], peer: nil) == .noPeer)
    }

    @Test func absoluteFiguresNeedNoPeer() {
        #expect(Target.absolute(atMost: 100).verdict(ours: [99], peer: nil) == .pass)
        #expect(Target.absolute(atMost: 100).verdict(ours: [101], peer: nil) == .miss)
    }

    @Test func targetsReadAsFractions() {
        #expect(third.description == "≤ 1/3")
        #expect(Target.absolute(atMost: 100).description == "≤ 100")
    }
}
