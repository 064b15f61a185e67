/// The entries of one process in one registry. Few are kept in a list, many in a dictionary.
struct HeldKeys<Key: Hashable> {
    private var few: [(key: Key, id: UInt64)] = []
    private var many: [Key: [UInt64]]?
    private static var most: Int { 16 }

    var isEmpty: Bool {
        if few.count > 0 { return false }
        if let many { return many.count == 0 }
        return true
    }

    mutating func add(_ key: Key, _ id: UInt64) {
        if many != nil {
            many?[key, default: []].append(id)
        } else if few.count < Self.most {
            few.append((key, id))
        } else {
            many = Dictionary(grouping: few, by: \.key).mapValues { $0.map(\.id) }
            few = []
            many?[key, default: []].append(id)
        }
    }

    // Loops, not `filter`, `map` and `removeAll`: those look up at run time what they are made of, at every call.

    func ids(_ key: Key) -> [UInt64] {
        if let many { return many[key] ?? [] }
        var ids: [UInt64] = []
        for entry in few where entry.key == key { ids.append(entry.id) }
        return ids
    }

    /// Takes out every entry of the key.
    mutating func remove(_ key: Key) -> [UInt64] {
        if many != nil { return many?.removeValue(forKey: key) ?? [] }
        var ids: [UInt64] = []
        var index = 0
        while index < few.count {
            if few[index].key == key { ids.append(few.remove(at: index).id) } else { index += 1 }
        }
        return ids
    }

    /// Takes out one entry; whether it was there.
    @discardableResult mutating func remove(_ key: Key, _ id: UInt64) -> Bool {
        if many != nil {
            guard let index = many?[key]?.firstIndex(of: id) else { return false }
            many?[key]?.remove(at: index)
            if many?[key]?.isEmpty == true { many?[key] = nil }
            return true
        }
        guard let index = few.firstIndex(where: { $0.id == id }) else { return false }
        few.remove(at: index)
        return true
    }

    /// Every entry, the oldest first.
    var all: [(key: Key, id: UInt64)] {
        guard let many else { return few }
        return many.flatMap { key, ids in ids.map { (key: key, id: $0) } }.sorted { $0.id < $1.id }
    }

    /// Every key once, the oldest first.
    var keys: [Key] {
        var seen = Set<Key>()
        return all.map(\.key).filter { seen.insert($0).inserted }
    }
}
