/// What a tie is found by: one number that is never 0.
protocol TieKey {
    var tieWord: UInt64 { get }
    init(tieWord: UInt64)
}

extension PID: TieKey {
    var tieWord: UInt64 { raw }
    init(tieWord: UInt64) { self.init(raw: tieWord) }
}

extension MonitorRef: TieKey {
    var tieWord: UInt64 { number }
    init(tieWord: UInt64) { self.init(number: tieWord) }
}

/// What one process is tied to, by key. Most processes are tied to one other or to none: the first tie costs no memory
/// of its own.
///
/// The others stand in a table of which a look counts no references: numbers first, then what belongs to them, one probe
/// after the other. Keys are numbers that nobody can choose, so that one multiplication mixes them well enough.
struct TieTable<Key: TieKey, Value>: ~Copyable {
    private var first: (word: UInt64, value: Value)?
    /// 0: an empty place. Followed by the values, in the same memory.
    private var words: UnsafeMutablePointer<UInt64>?
    /// How many places there are: 2 to the power of this, once there are any.
    private var bits: UInt64 = 0
    private var others = 0

    init() {}

    deinit {
        guard let words else { return }
        for index in 0..<capacity where words[index] != 0 { (values + index).deinitialize(count: 1) }
        UnsafeMutableRawPointer(words).deallocate()
    }

    var isEmpty: Bool { first == nil && others == 0 }
    var count: Int { (first == nil ? 0 : 1) + others }

    /// In no order.
    var keys: [Key] {
        var keys: [Key] = []
        forEach { key, _ in keys.append(key) }
        return keys
    }

    /// Calls `body` for each, in no order.
    func forEach(_ body: (Key, Value) -> Void) {
        if let first { body(Key(tieWord: first.word), first.value) }
        guard others > 0, let words else { return }
        for index in 0..<capacity where words[index] != 0 { body(Key(tieWord: words[index]), values[index]) }
    }

    func contains(_ key: Key) -> Bool {
        if let first, first.word == key.tieWord { return true }
        return others > 0 && index(of: key.tieWord) >= 0
    }

    /// What belongs to the key; nil if it is not there.
    subscript(key: Key) -> Value? {
        if let first, first.word == key.tieWord { return first.value }
        guard others > 0 else { return nil }
        let index = index(of: key.tieWord)
        return index < 0 ? nil : values[index]
    }

    /// Adds a tie whose key is not in the table.
    mutating func addNew(_ key: Key, _ value: consuming Value) {
        assert(key.tieWord != 0 && !contains(key))
        if first == nil {
            first = (key.tieWord, value)
            return
        }
        if words == nil || (others + 1) * 4 > capacity * 3 { grow() }
        place(key.tieWord, value)
        others += 1
    }

    /// Changes what belongs to the key, if it is there.
    mutating func update<R>(_ key: Key, _ body: (inout Value) -> R) -> R? {
        if first?.word == key.tieWord { return body(&first!.value) }
        guard others > 0 else { return nil }
        let index = index(of: key.tieWord)
        return index < 0 ? nil : body(&values[index])
    }

    @discardableResult mutating func removeValue(forKey key: Key) -> Value? {
        if let found = first, found.word == key.tieWord {
            first = nil
            return found.value
        }
        guard others > 0 else { return nil }
        let index = index(of: key.tieWord)
        return index < 0 ? nil : remove(at: index)
    }

    /// The same if what belongs to the key is as wanted.
    mutating func removeValue(forKey key: Key, where isWanted: (borrowing Value) -> Bool) -> Value? {
        if first?.word == key.tieWord { return isWanted(first!.value) ? removeValue(forKey: key) : nil }
        guard others > 0 else { return nil }
        let index = index(of: key.tieWord)
        return index >= 0 && isWanted(values[index]) ? remove(at: index) : nil
    }

    /// Takes out the only one there is; nil if there are more, or none.
    mutating func takeOnly() -> (key: Key, value: Value)? {
        guard others == 0, let only = first else { return nil }
        first = nil
        return (Key(tieWord: only.word), only.value)
    }

    // MARK: the places

    private var capacity: Int { words == nil ? 0 : 1 << Int(truncatingIfNeeded: bits) }

    private var values: UnsafeMutablePointer<Value> {
        UnsafeMutableRawPointer(words.unsafelyUnwrapped + Self.room(capacity)).assumingMemoryBound(to: Value.self)
    }

    /// So many words go before the values of so many places, that these stand where they may.
    private static func room(_ capacity: Int) -> Int {
        let alignment = MemoryLayout<Value>.alignment
        return (capacity * 8 + alignment - 1) / alignment * alignment / 8
    }

    private func home(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- bits))
    }

    /// Where it is, or -1.
    private func index(of word: UInt64) -> Int {
        let words = words.unsafelyUnwrapped
        let mask = capacity &- 1
        var index = home(word)
        while true {
            let found = words[index]
            if found == word { return index }
            if found == 0 { return -1 }
            index = (index &+ 1) & mask
        }
    }

    private func place(_ word: UInt64, _ value: consuming Value) {
        let words = words.unsafelyUnwrapped
        let mask = capacity &- 1
        var index = home(word)
        while words[index] != 0 { index = (index &+ 1) & mask }
        words[index] = word
        (values + index).initialize(to: value)
    }

    private mutating func grow() {
        let old = (words: words, capacity: capacity)
        let oldValues = old.words == nil ? nil : values
        bits = old.words == nil ? 2 : bits + 1
        let fresh = 1 << Int(bits)
        words = UnsafeMutableRawPointer.allocate(
            byteCount: Self.room(fresh) * 8 + fresh * MemoryLayout<Value>.stride,
            alignment: max(8, MemoryLayout<Value>.alignment)
        ).initializeMemory(as: UInt64.self, repeating: 0, count: fresh)
        guard let oldWords = old.words, let oldValues else { return }
        for index in 0..<old.capacity where oldWords[index] != 0 {
            place(oldWords[index], (oldValues + index).move())
        }
        UnsafeMutableRawPointer(oldWords).deallocate()
    }

    private mutating func remove(at index: Int) -> Value {
        let words = words.unsafelyUnwrapped
        let values = values
        let mask = capacity &- 1
        let value = (values + index).move()
        var hole = index
        words[hole] = 0
        others -= 1
        // What stands behind moves up, unless it would come to stand before its home.
        var next = (hole &+ 1) & mask
        while words[next] != 0 {
            let distance = (next &- home(words[next])) & mask
            if distance >= (next &- hole) & mask {
                words[hole] = words[next]
                (values + hole).moveInitialize(from: values + next, count: 1)
                words[next] = 0
                hole = next
            }
            next = (next &+ 1) & mask
        }
        if others == 0, capacity > Self.kept { giveBack() }
        return value
    }

    /// So many places are kept when the last of the others is gone: who has had a hundred thousand may be idle for long.
    private static var kept: Int { 64 }

    private mutating func giveBack() {
        UnsafeMutableRawPointer(words.unsafelyUnwrapped).deallocate()
        words = nil
        bits = 0
    }
}
