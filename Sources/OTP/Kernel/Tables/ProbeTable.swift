/// A hash table whose look-ups count no references: entries lie in plain memory, one probe after the other.
///
/// Guarded by whoever owns it, and freed by that one: a type of its own that frees itself could not be looked into by
/// inlined code.
@usableFromInline struct ProbeTable<Key: Hashable, Value> {
    /// 0: empty. Otherwise the key's hash with the lowest bit set.
    @usableFromInline var hashes: UnsafeMutablePointer<UInt>
    @usableFromInline var keys: UnsafeMutablePointer<Key>
    @usableFromInline var values: UnsafeMutablePointer<Value>
    @usableFromInline var mask: Int
    @usableFromInline var count = 0
    /// Differs from run to run, so that nobody can choose keys which all want the same place.
    @usableFromInline let seed: UInt

    @inlinable init() {
        seed = UInt(bitPattern: 0.hashValue)
        mask = 7
        hashes = .allocate(capacity: 8)
        hashes.initialize(repeating: 0, count: 8)
        keys = .allocate(capacity: 8)
        values = .allocate(capacity: 8)
    }

    /// Gives the memory back; the table is of no use then.
    @inlinable func destroy() {
        for index in 0...mask where hashes[index] != 0 {
            (keys + index).deinitialize(count: 1)
            (values + index).deinitialize(count: 1)
        }
        hashes.deallocate()
        keys.deallocate()
        values.deallocate()
    }

    /// Integers, the keys of many a registry, are mixed by one multiplication: a tenth of what the standard library's hash
    /// costs them.
    @inlinable func hash(_ key: Key) -> UInt {
        if Key.self == Int.self {
            let (high, low) = (UInt(bitPattern: unsafeBitCast(key, to: Int.self)) ^ seed)
                .multipliedFullWidth(by: UInt(truncatingIfNeeded: 0x9E37_79B9_7F4A_7C15 as UInt64))
            return (high ^ low) | 1
        }
        return UInt(bitPattern: key.hashValue) | 1
    }

    /// Where a hash would like to be. The lowest bit says nothing.
    @inlinable func home(_ hash: UInt) -> Int { Int(bitPattern: hash >> 1) & mask }

    /// Where the key is, or -1.
    @inlinable func index(of key: Key, hash: UInt) -> Int {
        var index = home(hash)
        while true {
            let found = hashes[index]
            if found == 0 { return -1 }
            if found == hash, keys[index] == key { return index }
            index = (index + 1) & mask
        }
    }

    /// The value of the key, in its place; nil if there is none. Valid until the next change.
    @inlinable func find(_ key: Key) -> UnsafeMutablePointer<Value>? {
        find(key, hash: hash(key))
    }

    /// For keys that bring along a hash of their own, with the lowest bit set: the same each time.
    @inlinable func find(_ key: Key, hash: UInt) -> UnsafeMutablePointer<Value>? {
        let index = index(of: key, hash: hash)
        return index < 0 ? nil : values + index
    }

    /// The key must not be there yet.
    @inlinable mutating func insert(_ key: Key, _ value: consuming Value) { insert(key, value, hash: hash(key)) }

    @inlinable mutating func insert(_ key: Key, _ value: consuming Value, hash: UInt) {
        if (count + 1) * 4 > (mask + 1) * 3 { grow() }
        place(key, value, hash)
        count += 1
    }

    @inlinable func place(_ key: consuming Key, _ value: consuming Value, _ hash: UInt) {
        var index = home(hash)
        while hashes[index] != 0 { index = (index + 1) & mask }
        hashes[index] = hash
        (keys + index).initialize(to: key)
        (values + index).initialize(to: value)
    }

    @inlinable mutating func grow() {
        let old = (hashes: hashes, keys: keys, values: values, capacity: mask + 1)
        let capacity = old.capacity * 2
        mask = capacity - 1
        hashes = .allocate(capacity: capacity)
        hashes.initialize(repeating: 0, count: capacity)
        keys = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        for index in 0..<old.capacity where old.hashes[index] != 0 {
            place((old.keys + index).move(), (old.values + index).move(), old.hashes[index])
        }
        old.hashes.deallocate()
        old.keys.deallocate()
        old.values.deallocate()
    }

    /// Takes the key out; nil if it was not there.
    @inlinable mutating func remove(_ key: Key) -> Value? { remove(key, hash: hash(key)) }

    @inlinable mutating func remove(_ key: Key, hash: UInt) -> Value? {
        var hole = index(of: key, hash: hash)
        if hole < 0 { return nil }
        let value = (values + hole).move()
        (keys + hole).deinitialize(count: 1)
        hashes[hole] = 0
        count -= 1
        // What stands behind moves up, unless it would come to stand before its home.
        var next = (hole + 1) & mask
        while hashes[next] != 0 {
            let distance = (next - home(hashes[next])) & mask
            if distance >= (next - hole) & mask {
                hashes[hole] = hashes[next]
                (keys + hole).moveInitialize(from: keys + next, count: 1)
                (values + hole).moveInitialize(from: values + next, count: 1)
                hashes[next] = 0
                hole = next
            }
            next = (next + 1) & mask
        }
        return value
    }

    /// Every key with its value, in no order.
    func forEach(_ body: (Key, UnsafeMutablePointer<Value>) -> Void) {
        for index in 0...mask where hashes[index] != 0 { body(keys[index], values + index) }
    }
}
