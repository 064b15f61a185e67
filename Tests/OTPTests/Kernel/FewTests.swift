import Testing

@testable import OTP

@Suite struct FewTests {
    @Test func `it holds what an array holds, in the same order`() {
        var random = SplitMix(seed: 11)
        for _ in 0..<50 {
            var few = Few<Int>()
            var model: [Int] = []
            for _ in 0..<60 {
                let value = Int(random.next() % 4)
                switch random.next() % 8 {
                case 0..<4:
                    few.append(value)
                    model.append(value)
                case 4..<6:
                    few.removeAll { $0 == value }
                    model.removeAll { $0 == value }
                case 6 where model.count > 3:
                    #expect(few.takeAll().map { $0 } == model)
                    model = []
                default:
                    #expect(few.first { $0 >= value } == model.first { $0 >= value })
                }
                #expect(few.isEmpty == model.isEmpty && few.count == model.count)
                #expect(few.map { $0 } == model)
                var reversed: [Int] = []
                few.forEachReversed { reversed.append($0) }
                #expect(reversed == model.reversed())
            }
        }
    }
}
