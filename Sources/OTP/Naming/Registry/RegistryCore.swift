public import Synchronization

/// A running registry: its entries in partitions, and what else belongs to it.
///
/// Entries are cleaned up by the end of their holder itself, not by the partitions' processes: those exist for holders
/// to be linked to, so that nobody lives on unregistered when a registry has failed.
// @unchecked because each partition is guarded by its gate and everything else by itself.
@usableFromInline final class RegistryCore<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
    let name: String
    let keys: RegistryKeys
    @usableFromInline let isUnique: Bool
    @usableFromInline let isByKey: Bool
    @usableFromInline let partitionCount: Int
    @usableFromInline let partitions: UnsafeMutablePointer<RegistryPartition<Key, Value>>
    /// One for each partition.
    @usableFromInline let gates: UnsafeMutablePointer<ReaderGate>
    @usableFromInline let listeners: [RegistryListener<Key, Value>]
    let metadata: RegistryMetadataTable
    let locks = RegistryLocks<Key>()
    let node: Node
    @usableFromInline let ends: EndCounts
    /// Not counted: the node has it, and is never freed.
    @usableFromInline let keyedEnds: Unmanaged<EndCounts>
    @usableFromInline let count = Atomic<UInt64>(0)
    /// Changes during which an entry is not noted with its process: should that end meanwhile, the entry stays until the change is
    /// over.
    @usableFromInline let changesUnderWay = ChangesUnderWay()

    init(
        _ name: String, _ keys: RegistryKeys, partitions: Int, listeners: [RegistryListener<Key, Value>],
        metadata: [RegistryMetadata], on node: Node
    ) {
        self.name = name
        self.keys = keys
        isUnique = keys.isUnique
        isByKey = keys.isUnique || keys.isByKey
        partitionCount = partitions
        self.partitions = .allocate(capacity: partitions)
        gates = .allocate(capacity: partitions)
        for index in 0..<partitions {
            (self.partitions + index).initialize(to: RegistryPartition())
            (gates + index).initialize(to: ReaderGate())
        }
        self.listeners = listeners
        self.metadata = RegistryMetadataTable(metadata)
        self.node = node
        ends = node.listedEnds
        keyedEnds = .passUnretained(node.keyedEnds)
    }

    deinit {
        for index in 0..<partitionCount {
            letGo(partitions[index].removeAll().map(\.removed))
            for list in partitions[index].takeStale() { list.release() }
            partitions[index].destroy()
        }
        partitions.deinitialize(count: partitionCount)
        partitions.deallocate()
        gates.deinitialize(count: partitionCount)
        gates.deallocate()
        changesUnderWay.destroy()
    }

    // MARK: where things are

    /// The partition that alone can hold the key; nil: any of them.
    @inlinable func partition(ofKey key: Key) -> Int? {
        if partitionCount == 1 { return 0 }
        return isByKey ? Int(bitPattern: UInt(bitPattern: key.hashValue) % UInt(partitionCount)) : nil
    }

    /// That to whose process a process is linked while it is registered.
    @inlinable func partition(of pid: PID) -> Int {
        partitionCount == 1 ? 0 : Int(pid.raw & 0xFFFF_FFFF_FFFF) % partitionCount
    }

    @inlinable func partition(_ key: Key, _ pid: PID) -> Int { partition(ofKey: key) ?? partition(of: pid) }

    /// The process of a partition, to which those are linked who belong there.
    @inlinable func process(_ index: Int) -> ProcessCell? {
        let ticket = gates[index].enter()
        let process = partitions[index].process
        gates[index].leave(ticket)
        return process
    }

    /// What tells its holds from others.
    @inlinable var identity: ObjectIdentifier { ObjectIdentifier(self) }

    @inlinable func hold(of cell: ProcessCell) -> RegistryHold<Key, Value>? {
        guard let hold = cell.hold(ownedBy: identity) else { return nil }
        return unsafeDowncast(hold, to: RegistryHold<Key, Value>.self)
    }

    // MARK: changes

    /// Runs `body` while nobody else is in the partition, then lets go what has become of no use.
    @inlinable func changing<R>(_ index: Int, _ body: () -> R) -> R {
        gates[index].close()
        let result = body()
        let stale = partitions[index].takeStale()
        gates[index].open()
        for list in stale { list.release() }
        return result
    }

    /// Registers the process; the result is the process of its partition.
    @discardableResult @inlinable func register(
        _ key: Key, _ value: Value, _ cell: ProcessCell
    ) throws(RegistryError) -> PID {
        let (index, home) = (partition(key, cell.pid), partition(of: cell.pid))
        var found = index == home ? nil : process(home)
        var id: UInt64 = 0
        var gone: [RegistryRemoved<Value>] = []
        if isUnique { cell.beKeyed() } else { cell.beListed() }
        changesUnderWay.begin()
        defer { changesUnderWay.end() }
        let insertion = changing(index) { () -> RegistryInsertion in
            if index == home { found = partitions[index].process }
            guard let found, !found.has(ProcessCell.Control.dead) else { return .refused }
            // Not before: places stand in the order of their ids, by which they are found.
            id = count.add(1, ordering: .relaxed).newValue
            return partitions[index].insert(key, id, cell, value, isUnique: isUnique, &gone)
        }
        for removed in gone { removed.cell.release() }
        if case .taken(let holder) = insertion { throw error(.alreadyRegistered(holder)) }
        guard let process = found, case .done = insertion else { throw error(.notRunning) }
        guard let noted = note(key, id, cell) else {
            remove(key, id, cell.pid)
            throw error(.noProcess)
        }
        // Linked with the first key. A partition that has ended meanwhile may have taken the entry along before it was noted; it is
        // dead before it does, and can still be linked to.
        let isLinked = !noted.isFirst || cell.link(to: process)
        let isRunning = isLinked && !process.has(ProcessCell.Control.dead)
        if !isRunning { unregister(key, cell) }
        // Somebody else may have taken the key from it before there was a link to end.
        if noted.isFirst, noted.hold.isRetired { cell.letGo(noted.hold, at: identity, linkedTo: process) }
        // Not before: a listener may look, and take the key from it. Who does so meanwhile leaves it to this to tell of that.
        if !listeners.isEmpty {
            tellRegistered(key, cell.pid, value)
            if noted.hold.wasTold(key, id) { tellUnregistered(key, cell.pid) }
        }
        if !isRunning { throw error(.notRunning) }
        if cell.has(ProcessCell.Control.dead) { throw error(.noProcess) }
        return process.pid
    }

    @usableFromInline func error(_ code: RegistryError.Code) -> RegistryError { RegistryError(code, registry: name) }

    /// Notes the entry with its process; nil if that has ended.
    @inlinable func note(
        _ key: Key, _ id: UInt64, _ cell: ProcessCell
    ) -> (hold: RegistryHold<Key, Value>, isFirst: Bool)? {
        while true {
            let hold: RegistryHold<Key, Value>
            if let known = self.hold(of: cell) {
                hold = known
            } else {
                // Somebody else may have been first, who registers it as well.
                guard let held = cell.hold(RegistryHold(self), onlyOneAt: identity) else { return nil }
                hold = unsafeDowncast(held, to: RegistryHold<Key, Value>.self)
            }
            let added = hold.add(key, id, isTold: !listeners.isEmpty)
            switch added.state {
            case .open: return (hold, added.isFirst)
            case .dead: return nil
            case .retired: cell.letGo(hold)
            }
        }
    }

    /// Takes an entry out of its partition alone.
    @inlinable func remove(_ key: Key, _ id: UInt64, _ pid: PID) {
        let index = partition(key, pid)
        let removed = changing(index) { partitions[index].remove(key, id) }
        if let removed { removed.cell.release() }
    }

    /// Takes out what the process has under the key.
    @inlinable func unregister(_ key: Key, _ cell: ProcessCell) {
        guard let hold = hold(of: cell) else { return }
        changesUnderWay.begin()
        let (ids, isLast, tells) = hold.remove(key)
        if let id = ids.first { remove(key, id, cell.pid) }
        for id in ids.others { remove(key, id, cell.pid) }
        changesUnderWay.end()
        if isLast { retire(hold, of: cell) }
        if tells, !listeners.isEmpty { tellUnregistered(key, cell.pid) }
    }

    /// Takes out what the process has under the key, as far as `isMeant`.
    func unregister(_ key: Key, _ cell: ProcessCell, where isMeant: (Value) throws -> Bool) rethrows {
        guard let hold = hold(of: cell) else { return }
        let ids = hold.ids(key)
        let own = entries(key).filter { ids.contains($0.id) }
        let meant = try own.filter { try isMeant($0.value) }
        if meant.isEmpty { return }
        for entry in meant {
            remove(key, entry.id, cell.pid)
            let (isLast, tells) = hold.remove(key, entry.id)
            if isLast { retire(hold, of: cell) }
            if tells { tellUnregistered(key, cell.pid) }
        }
    }

    /// The process has nothing here any more, unless it has been registered again meanwhile, with another hold: then the link
    /// stays.
    @inlinable func retire(_ hold: RegistryHold<Key, Value>, of cell: ProcessCell) {
        if let process = process(partition(of: cell.pid)) {
            cell.letGo(hold, at: identity, linkedTo: process)
        } else {
            cell.letGo(hold)
        }
    }

    /// Sets the value of the process's entry; nil if it has none.
    func update(
        _ key: Key, _ cell: ProcessCell, _ change: (Value) throws -> Value
    ) rethrows -> (new: Value, old: Value)? {
        guard let id = hold(of: cell)?.ids(key).first, let old = entries(key).first(where: { $0.id == id })?.value
        else { return nil }
        let new = try change(old)
        let index = partition(key, cell.pid)
        let replaced = changing(index) { () -> Value? in
            guard let bucket = partitions[index].table.find(key) else { return nil }
            let place = bucket.pointee.index(of: id)
            if place < 0 { return nil }
            partitions[index].touch(bucket)
            defer { bucket.pointee.values[place] = new }
            return bucket.pointee.values[place]
        }
        return replaced.map { (new, $0) }
    }

    /// The partition's process has begun.
    func began(_ index: Int, _ process: ProcessCell) {
        gates[index].write { partitions[index].process = process }
    }

    /// The partition's process has ended: nobody is registered in it any more.
    func ended(_ index: Int, _ process: ProcessCell) {
        let gone = changing(index) { () -> [(key: Key, removed: RegistryRemoved<Value>)] in
            guard partitions[index].process === process else { return [] }
            partitions[index].process = nil
            return partitions[index].removeAll()
        }
        for (key, removed) in gone {
            let cell = removed.cell.takeUnretainedValue()
            guard let hold = hold(of: cell) else { continue }
            let (isLast, tells) = hold.remove(key, removed.id)
            if isLast { cell.letGo(hold) }
            // Of what was there its end does not tell any more.
            if tells, !listeners.isEmpty { tellUnregistered(key, cell.pid) }
        }
        letGo(gone.map(\.removed))
    }

    private func letGo(_ gone: [RegistryRemoved<Value>]) {
        for removed in gone { removed.cell.release() }
    }

    // MARK: listeners

    private var registry: RegistryName<Key, Value> { RegistryName(name) }

    @usableFromInline func tellRegistered(_ key: Key, _ pid: PID, _ value: Value) {
        for listener in listeners { tell(listener, .registered(registry, key: key, pid: pid, value: value)) }
    }

    @usableFromInline func tellUnregistered(_ key: Key, _ pid: PID) {
        for listener in listeners { tell(listener, .unregistered(registry, key: key, pid: pid)) }
    }

    private func tell(_ listener: RegistryListener<Key, Value>, _ event: RegistryEvent<Key, Value>) {
        node.with { listener.tell(event) }
    }
}
