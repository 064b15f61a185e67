/// A part of a registry's entries, guarded by a gate of its own.
@usableFromInline struct RegistryPartition<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline var table = ProbeTable<Key, RegistryBucket<Value>>()
    /// How often the entries of a key have changed.
    @usableFromInline var changes: UInt64 = 0
    var stale: [Unmanaged<AnyObject>] = []
    /// Registrations in it.
    var count = 0
    /// The process that stands for it, to which holders are linked.
    var process: ProcessCell?

    /// What a registration came to.
    enum Insertion {
        case done
        case taken(ProcessCell)
    }

    /// Enters a process. A dead holder of a unique key is no holder: its entry gives way.
    mutating func insert(
        _ key: Key, _ id: UInt64, _ cell: ProcessCell, _ value: Value, isUnique: Bool,
        _ gone: inout [RegistryBucket<Value>.Removed]
    ) -> Insertion {
        guard let bucket = table.find(key) else {
            table.insert(key, RegistryBucket(id, cell, value))
            count += 1
            return .done
        }
        if isUnique {
            let holder = bucket.pointee.firstLive()
            if holder >= 0, let cell = bucket.pointee.places[holder].cell { return .taken(cell.takeUnretainedValue()) }
            for index in 0..<bucket.pointee.count {
                guard let removed = bucket.pointee.remove(at: index) else { continue }
                gone.append(removed)
                count -= 1
            }
        }
        touch(bucket)
        bucket.pointee.append(id, cell, value)
        count += 1
        return .done
    }

    /// Takes one entry out.
    mutating func remove(_ key: Key, _ id: UInt64) -> RegistryBucket<Value>.Removed? {
        guard let bucket = table.find(key), let removed = bucket.pointee.remove(id) else { return nil }
        count -= 1
        touch(bucket)
        if bucket.pointee.live == 0 { table.remove(key)?.free() }
        return removed
    }

    /// Takes everything out.
    mutating func removeAll() -> [(key: Key, removed: RegistryBucket<Value>.Removed)] {
        var gone: [(Key, RegistryBucket<Value>.Removed)] = []
        var keys: [Key] = []
        table.forEach { key, bucket in
            keys.append(key)
            touch(bucket)
            for index in 0..<bucket.pointee.count {
                if let removed = bucket.pointee.remove(at: index) { gone.append((key, removed)) }
            }
        }
        for key in keys { table.remove(key)?.free() }
        count = 0
        return gone
    }
}
