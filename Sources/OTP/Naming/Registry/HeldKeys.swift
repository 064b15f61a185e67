/// The entries of one process in one registry. A single one costs no memory of its own, few are kept in a list, many in
/// a dictionary.
// All of it can be inlined, for there a module that knows the key's type looks none up. Loops, not `filter`, `map` and
// `removeAll`: those look up at run time what they are made of, at every call.
@usableFromInline struct HeldKeys<Key: Hashable> {
    /// The only entry; then there is no other.
    @usableFromInline var only: (key: Key, id: UInt64)?
    @usableFromInline var few: [(key: Key, id: UInt64)] = []
    @usableFromInline var many: [Key: [UInt64]]?

    @inlinable static var most: Int { 16 }

    @inlinable init() {}

    @inlinable var isEmpty: Bool {
        if only != nil || few.count > 0 { return false }
        if let many { return many.count == 0 }
        return true
    }

    @inlinable mutating func add(_ key: Key, _ id: UInt64) {
        if isEmpty {
            if many != nil { many = nil }
            only = (key, id)
        } else {
            addFurther(key, id)
        }
    }

    @usableFromInline mutating func addFurther(_ key: Key, _ id: UInt64) {
        if let first = only {
            only = nil
            few.append(first)
        }
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

    @inlinable func ids(_ key: Key) -> EntryIDs {
        if let only { return only.key == key ? EntryIDs(only.id) : EntryIDs() }
        if let many { return EntryIDs(many[key] ?? []) }
        var ids = EntryIDs()
        for entry in few where entry.key == key { ids.append(entry.id) }
        return ids
    }

    /// Takes out every entry of the key.
    @inlinable mutating func remove(_ key: Key) -> EntryIDs {
        if let only {
            guard only.key == key else { return EntryIDs() }
            self.only = nil
            return EntryIDs(only.id)
        }
        return removeSome(key)
    }

    @usableFromInline mutating func removeSome(_ key: Key) -> EntryIDs {
        if many != nil { return EntryIDs(many?.removeValue(forKey: key) ?? []) }
        var ids = EntryIDs()
        var index = 0
        while index < few.count {
            if few[index].key == key { ids.append(few.remove(at: index).id) } else { index += 1 }
        }
        return ids
    }

    /// Takes out one entry; whether it was there.
    @discardableResult mutating func remove(_ key: Key, _ id: UInt64) -> Bool {
        if let only {
            guard only.id == id else { return false }
            self.only = nil
            return true
        }
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
        if let only { return [only] }
        guard let many else { return few }
        return many.flatMap { key, ids in ids.map { (key: key, id: $0) } }.sorted { $0.id < $1.id }
    }

    /// Every key once, the oldest first.
    var keys: [Key] {
        var seen = Set<Key>()
        return all.map(\.key).filter { seen.insert($0).inserted }
    }
}

/// The numbers of some entries, the oldest first; mostly one, which costs no array.
@usableFromInline struct EntryIDs {
    @usableFromInline private(set) var first: UInt64?
    @usableFromInline private(set) var others: [UInt64] = []

    @usableFromInline init() {}
    @usableFromInline init(_ id: UInt64) { first = id }

    @usableFromInline init(_ ids: [UInt64]) {
        first = ids.first
        if ids.count > 1 { others = Array(ids.dropFirst()) }
    }

    @inlinable var isEmpty: Bool { first == nil }

    @usableFromInline mutating func append(_ id: UInt64) {
        if first == nil { first = id } else { others.append(id) }
    }

    func contains(_ id: UInt64) -> Bool { first == id || others.contains(id) }
}
