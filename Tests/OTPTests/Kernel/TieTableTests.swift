import Testing

@testable import OTP

@Suite struct TieTableTests {
    private struct Key: TieKey, Hashable {
        let tieWord: UInt64
    }

    private final class Content {}

    @Test(arguments: [5, 40] as [UInt64])
    func `it holds what a dictionary holds`(keys: UInt64) {
        var random = SplitMix(seed: 7)
        for _ in 0..<50 {
            var table = TieTable<Key, String>()
            var model: [Key: String] = [:]
            for step in 0..<160 {
                let key = Key(tieWord: 1 + random.next() % keys)
                switch random.next() % 4 {
                case 0 where model[key] == nil:
                    table.addNew(key, "\(step)")
                    model[key] = "\(step)"
                case 0, 1:
                    let found = table.update(key) { value -> String in
                        value += "!"
                        return value
                    }
                    if let old = model[key] { model[key] = old + "!" }
                    #expect(found == model[key])
                case 2:
                    #expect(table.removeValue(forKey: key) == model.removeValue(forKey: key))
                default:
                    #expect(table[key] == model[key])
                    #expect(table.contains(key) == (model[key] != nil))
                }
                #expect(table.isEmpty == model.isEmpty && table.count == model.count)
                #expect(Set(table.keys) == Set(model.keys) && table.keys.count == model.count)
                var seen: [Key: String] = [:]
                table.forEach { seen[$0] = $1 }
                #expect(seen == model)
            }
        }
    }

    @Test func `only one that is alone is taken out as such, and the table frees what it holds`() {
        weak var first: Content?
        weak var last: Content?
        do {
            var table = TieTable<Key, Content>()
            #expect(table.takeOnly() == nil)
            for number in 1...20 {
                let content = Content()
                if number == 1 { first = content }
                if number == 20 { last = content }
                table.addNew(Key(tieWord: UInt64(number)), content)
            }
            #expect(table.takeOnly() == nil)
            table.removeValue(forKey: Key(tieWord: 1))
            #expect(first == nil && last != nil)
        }
        #expect(last == nil)
        var table = TieTable<Key, Int>()
        table.addNew(Key(tieWord: 9), 3)
        let only = table.takeOnly()
        #expect(only?.key == Key(tieWord: 9) && only?.value == 3 && table.isEmpty)
    }
}
