/// Who is registered under one key and lives, put together once for all who ask until something changes.
@usableFromInline final class RegistryList<Value: Sendable>: Sendable {
    @usableFromInline let entries: [(pid: PID, value: Value)]
    /// The count of ends under which it was put together.
    @usableFromInline let asOf: UInt64

    init(_ entries: [(pid: PID, value: Value)], asOf: UInt64) {
        self.entries = entries
        self.asOf = asOf
    }

    /// So few are put together each time: that costs no more than to keep them.
    @usableFromInline static var few: Int { 16 }
}

/// What a list that is about to be kept was put together from.
@usableFromInline struct RegistryReading<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let core: RegistryCore<Key, Value>
    @usableFromInline let asOf: UInt64
    /// How often the partition had changed.
    @usableFromInline let changes: UInt64

    @inlinable init(_ core: RegistryCore<Key, Value>, asOf: UInt64, changes: UInt64) {
        self.core = core
        self.asOf = asOf
        self.changes = changes
    }
}

extension RegistryCore {
    /// Keeps the entries of a key for those who read next, unless something has changed since they were read.
    @usableFromInline func keep(
        _ entries: [(pid: PID, value: Value)], of key: Key, _ reading: RegistryReading<Key, Value>
    ) {
        guard let index = partition(ofKey: key) else { return }
        let list = Unmanaged.passRetained(RegistryList(entries, asOf: reading.asOf))
        changing(index) { partitions[index].keep(list, of: key, reading.changes) }
    }
}

extension RegistryPartition {
    /// Lists that are of no use any more: let go when the gate is open, for values of the user's go with them.
    @inlinable mutating func takeStale() -> [Unmanaged<AnyObject>] {
        if stale.isEmpty { return [] }
        defer { stale = [] }
        return stale
    }

    mutating func keep(_ list: Unmanaged<RegistryList<Value>>, of key: Key, _ changes: UInt64) {
        guard changes == self.changes, let bucket = table.find(key) else { return discard(list) }
        if let old = bucket.pointee.list { discard(old) }
        bucket.pointee.list = list
    }

    /// The entries of a key are about to change.
    @inlinable mutating func touch(_ bucket: UnsafeMutablePointer<RegistryBucket<Value>>) {
        changes &+= 1
        guard let list = bucket.pointee.list else { return }
        bucket.pointee.list = nil
        discard(list)
    }

    @usableFromInline mutating func discard(_ list: Unmanaged<RegistryList<Value>>) {
        stale.append(Unmanaged<AnyObject>.fromOpaque(list.toOpaque()))
    }
}
