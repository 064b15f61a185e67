import Testing

@testable import OTP

/// What a process has in a registry, as it is kept with the process.
@Suite struct HeldKeysTests {
    @Test("entries come and go as in a list, however many there are")
    func model() {
        for most in [2, 4, 40] {
            var random = SplitMix(seed: UInt64(most))
            var held = HeldKeys<Int>()
            var model: [(key: Int, id: UInt64)] = []
            for step in 0..<6_000 {
                let key = Int(random.next() % 5)
                switch random.next() % 4 {
                case 0, 1:
                    if model.count < most {
                        held.add(key, UInt64(step))
                        model.append((key, UInt64(step)))
                    }
                case 2 where random.next() % 4 == 0:
                    let ids = held.remove(key)
                    #expect(Self.all(ids) == model.filter { $0.key == key }.map(\.id))
                    model.removeAll { $0.key == key }
                default:
                    let entry = model.isEmpty ? (key: key, id: 0) : model[Int(random.next() % UInt64(model.count))]
                    #expect(held.remove(entry.key, entry.id) == !model.isEmpty)
                    model.removeAll { $0.id == entry.id }
                }
                let asked = Int(random.next() % 5)
                if held.isEmpty != model.isEmpty || !held.all.elementsEqual(model, by: ==)
                    || Self.all(held.ids(asked)) != model.filter({ $0.key == asked }).map(\.id)
                    || Set(held.keys) != Set(model.map(\.key))
                {
                    Issue.record("step \(step) of at most \(most)")
                    return
                }
            }
        }
    }

    private static func all(_ ids: EntryIDs) -> [UInt64] { (ids.first.map { [$0] } ?? []) + ids.others }

    @Test("the memory of a bucket that was given back is for one other, and values go with their entries")
    func memory() throws {
        final class Value: Sendable {}
        let left = try staged { me in
            let cell = try #require(Node.cell(me.pid))
            var partition = RegistryPartition<Int, Value>()
            var gone: [RegistryRemoved<Value>] = []
            weak var last: Value?
            var ids: [Int: UInt64] = [:]
            var random = SplitMix(seed: 5)
            for step in 1...4_000 {
                let key = Int(random.next() % 6)
                if let id = ids[key] {
                    guard let removed = partition.remove(key, id) else { return -4 }
                    removed.cell.release()
                    ids[key] = nil
                } else {
                    let value = Value()
                    last = value
                    _ = partition.insert(key, UInt64(step), cell, value, isUnique: true, &gone)
                    ids[key] = UInt64(step)
                }
                for (key, id) in ids {
                    let bucket = try #require(partition.table.find(key))
                    if bucket.pointee.places[0].id != id { return -1 }
                }
                if partition.count != ids.count { return -2 }
            }
            for entry in partition.removeAll() { entry.removed.cell.release() }
            partition.destroy()
            return last == nil && gone.isEmpty ? 0 : -3
        }
        #expect(left == 0)
    }
}
