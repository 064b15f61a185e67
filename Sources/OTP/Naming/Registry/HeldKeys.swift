/// The entries of one process in one registry. Few are kept in a list, many in a dictionary.
struct HeldKeys<Key: Hashable> {
    private var few: [(key: Key, id: UInt64)] = []
    private var many: [Key: [UInt64]]?
    private static var most: Int { 16 }

    var isEmpty: Bool { few.isEmpty && many?.isEmpty ?? true }

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

    func ids(_ key: Key) -> [UInt64] { many.map { $0[key] ?? [] } ?? few.filter { $0.key == key }.map(\.id) }

    /// Takes out every entry of the key.
    mutating func remove(_ key: Key) -> [UInt64] {
        if many != nil { return many?.removeValue(forKey: key) ?? [] }
        let ids = ids(key)
        if !ids.isEmpty { few.removeAll { $0.key == key } }
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
