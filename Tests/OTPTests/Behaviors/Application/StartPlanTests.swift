import Testing

@testable import OTP

@Suite struct StartPlanTests {
    private func plan(_ roots: [Int], _ needs: [Int: [Int]]) -> StartPlan.Outcome<Int> {
        StartPlan.of(roots) { needs[$0] ?? [] }
    }

    @Test func `each comes once, after all that it needs, in the order in which it is asked for`() {
        #expect(plan([], [:]) == .order([]))
        #expect(plan([1, 2], [:]) == .order([1, 2]))
        #expect(plan([1], [1: [2, 3], 2: [3]]) == .order([3, 2, 1]))
        #expect(plan([1, 1, 2], [1: [3], 2: [1, 3]]) == .order([3, 1, 2]))
        #expect(plan([1], [1: [2, 2]]) == .order([2, 1]))
    }

    @Test func `a cycle is named from where it begins`() {
        #expect(plan([1], [1: [1]]) == .cycle([1, 1]))
        #expect(plan([0], [0: [1], 1: [2], 2: [3, 1]]) == .cycle([1, 2, 1]))
        #expect(plan([0, 1], [1: [2], 2: [1]]) == .cycle([1, 2, 1]))
    }

    @Test func `a long chain is no trouble`() {
        let needs = Dictionary(uniqueKeysWithValues: (0..<100_000).map { ($0, [$0 + 1]) })
        #expect(plan([0], needs) == .order((0...100_000).reversed()))
    }
}
