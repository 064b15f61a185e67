extension RegistryCore {
    /// Calls `body` with the bucket of the key, once for each partition that has one, with the gate open to readers.
    @inlinable func reading(_ key: Key, _ body: (borrowing RegistryBucket<Value>) -> Void) {
        if let index = partition(ofKey: key) { return reading(key, index, body) }
        for index in 0..<partitionCount { reading(key, index, body) }
    }

    @inlinable func reading(_ key: Key, _ index: Int, _ body: (borrowing RegistryBucket<Value>) -> Void) {
        let ticket = gates[index].enter()
        if let bucket = partitions[index].table.find(key) { body(bucket.pointee) }
        gates[index].leave(ticket)
    }

    /// Adds who is registered under the key and lives. If that is worth keeping for others, the result says what it is
    /// from.
    @inlinable func collect(_ key: Key, into result: inout [(pid: PID, value: Value)]) -> RegistryReading<Key, Value>? {
        guard let index = partition(ofKey: key) else {
            for index in 0..<partitionCount { reading(key, index) { Self.collect($0, into: &result) } }
            return nil
        }
        var origin: RegistryReading<Key, Value>?
        reading(key, index) { bucket in
            if let list = bucket.listed(asOf: ends.now) {
                result = list
                return
            }
            // Before anybody is looked at.
            let settled = isUnique || bucket.count <= RegistryList<Value>.few ? nil : ends.settled
            origin = settled.map { RegistryReading(self, asOf: $0, changes: partitions[index].changes) }
            Self.collect(bucket, into: &result)
        }
        return origin
    }

    @inlinable static func collect(
        _ bucket: borrowing RegistryBucket<Value>, into result: inout [(pid: PID, value: Value)]
    ) {
        for place in 0..<bucket.count where bucket.isLive(place) {
            result.append((bucket.pid(place), bucket.values[place]))
        }
    }

    /// The living entries of the key, apart for each partition that has any.
    func collectByPartition(_ key: Key) -> [[(pid: PID, value: Value)]] {
        var parts: [[(pid: PID, value: Value)]] = []
        reading(key) { bucket in
            var part: [(pid: PID, value: Value)] = []
            for place in 0..<bucket.count where bucket.isLive(place) {
                part.append((bucket.pid(place), bucket.values[place]))
            }
            if !part.isEmpty { parts.append(part) }
        }
        return parts
    }

    /// The entries of the key, whether their process lives or not.
    func entries(_ key: Key) -> [(id: UInt64, value: Value)] {
        var result: [(UInt64, Value)] = []
        reading(key) { bucket in
            for place in 0..<bucket.count where bucket.places[place].cell != nil {
                result.append((bucket.places[place].id, bucket.values[place]))
            }
        }
        return result
    }

    /// Whether nobody who has ended can be found by a unique key. Only for a reader who is inside a gate.
    ///
    /// The counts first, then the changes: if the end of the holder of an entry has been cleared and left the entry there, this was
    /// noted with it no more, or not yet. The change by which that came about had begun before, and ends not before this reader
    /// goes out.
    @inlinable var listsOnlyTheLiving: Bool {
        keyedEnds._withUnsafeGuaranteedRef { $0.areSettled } && changesUnderWay.isNone
    }

    /// The first process under the key that lives.
    @inlinable func first(_ key: Key) -> PID? {
        if let index = partition(ofKey: key) { return first(key, index) }
        for index in 0..<partitionCount { if let found = first(key, index) { return found } }
        return nil
    }

    // Written out: a closure that needs the registry would count a reference to it.
    @inlinable func first(_ key: Key, _ index: Int) -> PID? {
        let ticket = gates[index].enter()
        defer { gates[index].leave(ticket) }
        guard let bucket = partitions[index].table.find(key) else { return nil }
        let head = bucket.pointee.headPID
        if head != 0, isUnique, listsOnlyTheLiving { return PID(raw: head) }
        let place = bucket.pointee.firstLive()
        return place < 0 ? nil : bucket.pointee.pid(place)
    }

    /// The same, to be spoken to.
    @inlinable func firstCell(_ key: Key) -> ProcessCell? {
        var found: Unmanaged<ProcessCell>?
        reading(key) { bucket in
            if found != nil { return }
            let place = bucket.firstLive()
            // Held from now on: it may leave as soon as the gate is left.
            if place >= 0 { found = bucket.places[place].cell?.retain() }
        }
        return found?.takeRetainedValue()
    }

    /// The living processes under the key, to be spoken to.
    func cells(_ key: Key) -> [ProcessCell] {
        var found: [ProcessCell] = []
        reading(key) { bucket in
            for place in 0..<bucket.count where bucket.isLive(place) {
                if let cell = bucket.places[place].cell { found.append(cell.takeUnretainedValue()) }
            }
        }
        return found
    }

    /// Every living entry, in the order of registration.
    var all: [(key: Key, pid: PID, value: Value)] {
        var result: [(id: UInt64, entry: (key: Key, pid: PID, value: Value))] = []
        for index in 0..<partitionCount {
            let ticket = gates[index].enter()
            partitions[index].table.forEach { key, bucket in
                for place in 0..<bucket.pointee.count where bucket.pointee.isLive(place) {
                    let entry = (key, bucket.pointee.pid(place), bucket.pointee.values[place])
                    result.append((bucket.pointee.places[place].id, entry))
                }
            }
            gates[index].leave(ticket)
        }
        return result.sorted { $0.id < $1.id }.map(\.entry)
    }

    /// How many registrations there are.
    var entryCount: Int {
        var sum = 0
        for index in 0..<partitionCount {
            let ticket = gates[index].enter()
            sum += partitions[index].count
            gates[index].leave(ticket)
        }
        return sum
    }

    /// The keys of a process, each as often as it is registered, the oldest first.
    func keys(of cell: ProcessCell) -> [Key] {
        guard let hold = cell.hold(ownedBy: ObjectIdentifier(self)) else { return [] }
        return unsafeDowncast(hold, to: RegistryHold<Key, Value>.self).all.map(\.key)
    }

    /// The processes of the partitions.
    var processes: [ProcessCell] {
        (0..<partitionCount).compactMap { index in
            let ticket = gates[index].enter()
            defer { gates[index].leave(ticket) }
            return partitions[index].process
        }
    }
}
