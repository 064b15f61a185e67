import Testing

@testable import OTP

@Suite struct ProbeTableTests {
    /// Hashes badly, so that many keys want the same place.
    private struct Key: Hashable {
        let number: Int
        func hash(into hasher: inout Hasher) { hasher.combine(number % 5) }
    }

    @Test func aTableFindsWhatADictionaryWould() { compare { Key(number: $0) } }

    @Test func soDoesATableOfIntegers() {
        compare { $0 }
        // Keys that differ in few bits, high or low ones.
        compare { $0 << 57 }
        compare { ~$0 &* 0x1_0000_0001 }
    }

    private func compare<Key: Hashable>(_ make: (Int) -> Key) {
        var random = SplitMix(seed: 7)
        var table = ProbeTable<Key, Int>()
        var model: [Key: Int] = [:]
        for step in 0..<20_000 {
            let key = make(Int(random.next() % 40))
            if model[key] != nil, random.next() % 2 == 0 {
                let removed = table.remove(key)
                #expect(removed == model.removeValue(forKey: key))
            } else if model[key] == nil {
                table.insert(key, step)
                model[key] = step
            }
            let probed = make(Int(random.next() % 40))
            if table.find(probed)?.pointee != model[probed] || table.count != model.count {
                Issue.record("step \(step)")
                return
            }
        }
        var all: [Key: Int] = [:]
        table.forEach { all[$0] = $1.pointee }
        #expect(all == model)
        defer { table.destroy() }
        let nothing = table.remove(make(99))
        #expect(nothing == nil)
    }
}
