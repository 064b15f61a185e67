import BenchKit
import Testing

@Suite struct StatisticsTests {
    @Test func middleOfOddAndEvenNumbers() {
        #expect(Spread([3, 1, 2])?.median == 2)
        #expect(Spread([4, 1, 2, 3])?.median == 2.5)
        #expect(Spread([]) == nil)
    }

    @Test func spreadKeepsTheEnds() {
        let spread = Spread([5, 1, 9])
        #expect(spread?.minimum == 1)
        #expect(spread?.maximum == 9)
    }

    /// Of eleven coins nine or more show heads in 67 of 2,048 cases, eight or more in 232.
    @Test func theBoundIsAnOrderStatistic() {
        #expect(Spread((1...11).map(Double.init))?.upperBound == 9)
        #expect(Spread((1...5).map(Double.init))?.upperBound == 5)
        #expect(Spread((1...4).map(Double.init))?.upperBound == nil)
    }

    @Test func ratiosAreTakenRoundByRound() {
        #expect(perRoundRatios([1, 4], [2, 2]) == [0.5, 2])
        #expect(perRoundRatios([1, nil], [2, 2]) == [0.5, nil])
        #expect(perRoundRatios([1], [2, 2]) == nil)
    }

    @Test(arguments: [(0.0, "0"), (0.5301, "0.53"), (12.44, "12.4"), (3052.4, "3,052"), (1_234_567, "1,234,567")])
    func numbersAreShort(value: Double, text: String) {
        #expect(shortNumber(value) == text)
    }
}
