/// A part of a registry's entries, guarded by a gate of its own.
// What registers and unregisters can be inlined: a module that knows the types looks none up.
@usableFromInline struct RegistryPartition<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline var table = ProbeTable<Key, RegistryBucket<Value>>()
    /// How often the entries of a key have changed.
    @usableFromInline var changes: UInt64 = 0
    @usableFromInline var stale: [Unmanaged<AnyObject>] = []
    /// Registrations in it.
    @usableFromInline var count = 0
    /// The process that stands for it, to which holders are linked.
    @usableFromInline var process: ProcessCell?
    /// The memory of a bucket that was freed, for the next one.
    @usableFromInline var spare: RegistryMemory<Value>?

    @usableFromInline init() {}

    /// Enters a process. A dead holder of a unique key is no holder: its entry gives way.
    @inlinable mutating func insert(
        _ key: Key, _ id: UInt64, _ cell: ProcessCell, _ value: Value, isUnique: Bool,
        _ gone: inout [RegistryRemoved<Value>]
    ) -> RegistryInsertion {
        let hash = table.hash(key)
        guard let bucket = table.find(key, hash: hash) else {
            table.insert(key, RegistryBucket(id, cell, value, in: spare ?? RegistryMemory(1)), hash: hash)
            spare = nil
            count += 1
            return .done
        }
        if isUnique {
            let holder = bucket.pointee.firstLive()
            if holder >= 0 { return .taken(bucket.pointee.pid(holder)) }
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
    @inlinable mutating func remove(_ key: Key, _ id: UInt64) -> RegistryRemoved<Value>? {
        let hash = table.hash(key)
        guard let bucket = table.find(key, hash: hash), let removed = bucket.pointee.remove(id) else { return nil }
        count -= 1
        touch(bucket)
        if bucket.pointee.live == 0, let empty = table.remove(key, hash: hash) { free(empty.memory) }
        return removed
    }

    /// Gives back the memory of a bucket whose entries are all gone, or keeps it for the next one.
    @inlinable mutating func free(_ memory: RegistryMemory<Value>) {
        if spare == nil, memory.capacity == 1 { spare = memory } else { memory.free() }
    }

    /// Takes everything out.
    mutating func removeAll() -> [(key: Key, removed: RegistryRemoved<Value>)] {
        var gone: [(Key, RegistryRemoved<Value>)] = []
        var keys: [Key] = []
        table.forEach { key, bucket in
            keys.append(key)
            touch(bucket)
            for index in 0..<bucket.pointee.count {
                if let removed = bucket.pointee.remove(at: index) { gone.append((key, removed)) }
            }
        }
        for key in keys { table.remove(key)?.memory.free() }
        count = 0
        return gone
    }

    /// Gives the memory back; of no use afterwards.
    mutating func destroy() {
        spare?.free()
        spare = nil
        table.destroy()
    }
}

/// What a registration came to.
@usableFromInline enum RegistryInsertion {
    case done
    case taken(PID)
    /// The partition's process does not run.
    case refused
}
