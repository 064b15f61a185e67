/// Where an entry of a registry stands in its bucket.
@usableFromInline struct RegistryPlace {
    /// Grows from place to place.
    @usableFromInline let id: UInt64
    /// Retained; nil once the entry is gone, and its value with it.
    @usableFromInline var cell: Unmanaged<ProcessCell>?

    @inlinable init(id: UInt64, cell: Unmanaged<ProcessCell>) {
        self.id = id
        self.cell = cell
    }
}

/// An entry that was taken out.
@usableFromInline struct RegistryRemoved<Value: Sendable> {
    @usableFromInline let id: UInt64
    @usableFromInline let cell: Unmanaged<ProcessCell>
    @usableFromInline let value: Value

    @inlinable init(id: UInt64, cell: Unmanaged<ProcessCell>, value: consuming Value) {
        self.id = id
        self.cell = cell
        self.value = value
    }
}

/// Plain memory for entries, to be freed by hand.
@usableFromInline struct RegistryMemory<Value: Sendable> {
    @usableFromInline let places: UnsafeMutablePointer<RegistryPlace>
    @usableFromInline let values: UnsafeMutablePointer<Value>
    @usableFromInline let capacity: Int

    @inlinable init(_ capacity: Int) {
        places = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    @inlinable func free() {
        places.deallocate()
        values.deallocate()
    }
}

/// Who is registered under one key, in the order of registration. Plain memory: looking counts no references.
///
/// Not `Sendable` and freed by hand: it lies in the table of a partition, whose gate guards it.
@usableFromInline struct RegistryBucket<Value: Sendable> {
    @usableFromInline var memory: RegistryMemory<Value>
    /// The PID of the process of the first place, so that a look-up need go neither there nor to the process; 0 when that
    /// one is gone.
    @usableFromInline var headPID: UInt64 = 0
    /// Those who live, for readers; nil until one has put them together, and after each change. Retained.
    @usableFromInline var list: Unmanaged<RegistryList<Value>>?
    /// Places in use, the gone ones among them included.
    @usableFromInline var count = 0
    /// Entries that are there.
    @usableFromInline var live = 0

    @inlinable var places: UnsafeMutablePointer<RegistryPlace> { memory.places }
    @inlinable var values: UnsafeMutablePointer<Value> { memory.values }

    @inlinable init(_ id: UInt64, _ cell: ProcessCell, _ value: consuming Value, in memory: RegistryMemory<Value>) {
        self.memory = memory
        append(id, cell, value)
        findHead()
    }

    @inlinable mutating func findHead() {
        headPID = count > 0 && places[0].cell != nil ? pid(0).raw : 0
    }

    @inlinable mutating func append(_ id: UInt64, _ cell: ProcessCell, _ value: consuming Value) {
        if count == memory.capacity { makeRoom() }
        (places + count).initialize(to: RegistryPlace(id: id, cell: .passRetained(cell)))
        (values + count).initialize(to: value)
        count += 1
        live += 1
    }

    /// Closes the gaps, and takes more memory if that is not enough.
    @usableFromInline mutating func makeRoom() {
        let fresh = RegistryMemory<Value>(live * 2 < memory.capacity ? memory.capacity : memory.capacity * 2)
        var next = 0
        for index in 0..<count where places[index].cell != nil {
            (fresh.places + next).initialize(to: places[index])
            (fresh.values + next).moveInitialize(from: values + index, count: 1)
            next += 1
        }
        memory.free()
        (memory, count) = (fresh, next)
        findHead()
    }

    /// Where the entry with this id is, or -1.
    @inlinable func index(of id: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < count && places[low].id == id && places[low].cell != nil ? low : -1
    }

    /// Takes an entry out. What it held is the caller's, to be let go where no gate is closed.
    @inlinable mutating func remove(_ id: UInt64) -> RegistryRemoved<Value>? {
        let index = index(of: id)
        if index < 0 { return nil }
        return remove(at: index)
    }

    @inlinable mutating func remove(at index: Int) -> RegistryRemoved<Value>? {
        guard let cell = places[index].cell else { return nil }
        places[index].cell = nil
        if index == 0 { headPID = 0 }
        live -= 1
        return RegistryRemoved(id: places[index].id, cell: cell, value: (values + index).move())
    }

    /// Those who live, if they have been put together and nobody listed has ended since.
    @inlinable func listed(asOf now: UInt64) -> [(pid: PID, value: Value)]? {
        list?._withUnsafeGuaranteedRef { $0.asOf == now ? $0.entries : nil }
    }

    /// The first entry whose process lives, or -1.
    @inlinable func firstLive() -> Int {
        for index in 0..<count where isLive(index) { return index }
        return -1
    }

    /// Whether the entry is there and its process lives.
    @inlinable func isLive(_ index: Int) -> Bool {
        guard let cell = places[index].cell else { return false }
        return cell._withUnsafeGuaranteedRef { !$0.has(ProcessCell.Control.dead) }
    }

    @inlinable func pid(_ index: Int) -> PID {
        places[index].cell.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.pid }
    }
}
