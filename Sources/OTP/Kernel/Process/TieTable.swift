/// What one process is tied to, by key. Most processes are tied to one other or to none: the first tie costs no table.
struct TieTable<Key: Hashable & Comparable, Value> {
    private var first: (key: Key, value: Value)?
    private var more: [Key: Value]?
    private var others: [Key: Value] { more ?? [:] }

    var isEmpty: Bool { first == nil && (more == nil || others.isEmpty) }
    var count: Int { (first == nil ? 0 : 1) + others.count }

    var keys: [Key] { pairs.map(\.key) }
    var values: [Value] { pairs.map(\.value) }

    /// By age: the order of the keys.
    var sorted: [(key: Key, value: Value)] { others.isEmpty ? pairs : pairs.sorted { $0.key < $1.key } }

    private var pairs: [(key: Key, value: Value)] {
        var pairs = others.map { (key: $0.key, value: $0.value) }
        if let first { pairs.append(first) }
        return pairs
    }

    /// Calls `body` for each, by age.
    func forEach(_ body: (Key, Value) -> Void) {
        if more == nil {
            if let first { body(first.key, first.value) }
        } else {
            for (key, value) in sorted { body(key, value) }
        }
    }

    subscript(key: Key) -> Value? {
        get {
            if let first, first.key == key { return first.value }
            return more?[key]
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if first == nil, more?[key] == nil {
                first = (key, newValue)
            } else if first?.key == key {
                first?.value = newValue
            } else {
                more = more ?? [:]
                more![key] = newValue
            }
        }
    }

    /// Adds a tie whose key is not in the table.
    mutating func addNew(_ key: Key, _ value: Value) {
        if first == nil {
            first = (key, value)
        } else {
            self[key] = value
        }
    }

    @discardableResult mutating func removeValue(forKey key: Key) -> Value? {
        if let found = first, found.key == key {
            first = nil
            return found.value
        }
        return more?.removeValue(forKey: key)
    }
}
