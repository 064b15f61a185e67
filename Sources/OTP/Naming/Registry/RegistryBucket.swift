/// Who is registered under one key, in the order of registration. Plain memory: looking counts no references.
///
/// Not `Sendable` and freed by hand: it lies in the table of a partition, whose gate guards it.
@usableFromInline struct RegistryBucket<Value: Sendable> {
    @usableFromInline struct Place {
        /// Grows from place to place.
        @usableFromInline let id: UInt64
        /// Retained; nil once the entry is gone, and its value with it.
        @usableFromInline var cell: Unmanaged<ProcessCell>?
    }

    @usableFromInline private(set) var places: UnsafeMutablePointer<Place>
    @usableFromInline private(set) var values: UnsafeMutablePointer<Value>
    /// The process of the first place, so that a look-up need not go there; nil when that one is gone.
    @usableFromInline private(set) var head: Unmanaged<ProcessCell>?
    /// Those who live, for readers; nil until one has put them together, and after each change. Retained.
    @usableFromInline var list: Unmanaged<RegistryList<Value>>?
    /// Places in use, the gone ones among them included.
    @usableFromInline private(set) var count = 0
    private var capacity = 1
    /// Entries that are there.
    private(set) var live = 0

    init(_ id: UInt64, _ cell: ProcessCell, _ value: consuming Value) {
        places = .allocate(capacity: 1)
        values = .allocate(capacity: 1)
        append(id, cell, value)
        head = places[0].cell
    }

    mutating func append(_ id: UInt64, _ cell: ProcessCell, _ value: consuming Value) {
        if count == capacity { makeRoom() }
        (places + count).initialize(to: Place(id: id, cell: .passRetained(cell)))
        (values + count).initialize(to: value)
        count += 1
        live += 1
    }

    /// Closes the gaps, and takes more memory if that is not enough.
    private mutating func makeRoom() {
        let wanted = live * 2 < capacity ? capacity : capacity * 2
        let newPlaces = UnsafeMutablePointer<Place>.allocate(capacity: wanted)
        let newValues = UnsafeMutablePointer<Value>.allocate(capacity: wanted)
        var next = 0
        for index in 0..<count where places[index].cell != nil {
            (newPlaces + next).initialize(to: places[index])
            (newValues + next).moveInitialize(from: values + index, count: 1)
            next += 1
        }
        places.deallocate()
        values.deallocate()
        (places, values, count, capacity) = (newPlaces, newValues, next, wanted)
        head = next > 0 ? places[0].cell : nil
    }

    /// Where the entry with this id is, or -1.
    func index(of id: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < count && places[low].id == id && places[low].cell != nil ? low : -1
    }

    /// Takes an entry out. What it held is the caller's, to be let go where no gate is closed.
    mutating func remove(_ id: UInt64) -> Removed? {
        let index = index(of: id)
        if index < 0 { return nil }
        return remove(at: index)
    }

    mutating func remove(at index: Int) -> Removed? {
        guard let cell = places[index].cell else { return nil }
        places[index].cell = nil
        if index == 0 { head = nil }
        live -= 1
        return Removed(id: places[index].id, cell: cell, value: (values + index).move())
    }

    /// The memory, when every entry is gone.
    func free() {
        places.deallocate()
        values.deallocate()
    }

    /// An entry that was taken out.
    struct Removed {
        let id: UInt64
        let cell: Unmanaged<ProcessCell>
        let value: Value
    }

    /// Those who live, if they have been put together and nobody listed has ended since.
    @inlinable func listed(asOf now: UInt64) -> [(pid: PID, value: Value)]? {
        list?._withUnsafeGuaranteedRef { $0.asOf == now ? $0.entries : nil }
    }

    /// The process of the first place, if that one is there and alive.
    @inlinable var livingHead: Unmanaged<ProcessCell>? {
        guard let head else { return nil }
        return head._withUnsafeGuaranteedRef { !$0.has(ProcessCell.Control.dead) } ? head : nil
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
