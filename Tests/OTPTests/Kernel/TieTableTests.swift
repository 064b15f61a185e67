import Testing

@testable import OTP

@Suite struct TieTableTests {
    @Test func `it holds what a dictionary holds, and tells it by age`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<50 {
            var table = TieTable<Int, String>()
            var model: [Int: String] = [:]
            for step in 0..<60 {
                let key = Int(random.next() % 5)
                switch random.next() % 3 {
                case 0:
                    table[key] = "\(step)"
                    model[key] = "\(step)"
                case 1:
                    #expect(table.removeValue(forKey: key) == model.removeValue(forKey: key))
                default:
                    #expect(table[key] == model[key])
                }
                #expect(table.isEmpty == model.isEmpty && table.count == model.count)
                let expected = model.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                var seen: [String] = []
                table.forEach { seen.append("\($0) \($1)") }
                #expect(seen == expected)
                #expect(table.keys.sorted() == model.keys.sorted())
            }
        }
    }
}
