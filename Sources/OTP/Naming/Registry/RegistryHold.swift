/// What one process has in one registry; its end sets all of it free.
// @unchecked because `guarding` guards the rest.
@usableFromInline final class RegistryHold<Key: Hashable & Sendable, Value: Sendable>: NameHold, @unchecked Sendable {
    @usableFromInline let core: RegistryCore<Key, Value>
    @usableFromInline let guarding = SpinLock()
    // Without the dynamic check of exclusive access: the lock sees to it.
    @exclusivity(unchecked) @usableFromInline var held = HeldKeys<Key>()
    @exclusivity(unchecked) @usableFromInline var state = RegistryHoldState.open

    @inlinable init(_ core: RegistryCore<Key, Value>) { self.core = core }

    @usableFromInline package var owner: ObjectIdentifier? { core.identity }

    @usableFromInline package var text: String? {
        let keys = guarding.withLock { held.keys }
        let shown = keys.prefix(3).map { "\($0)" }.joined(separator: ", ")
        return "\(core.name) \(shown)\(keys.count > 3 ? ", …" : "")"
    }

    /// Notes an entry, if the hold is open; tells in what state it was and whether this is the first entry.
    @inlinable func add(_ key: Key, _ id: UInt64) -> (state: RegistryHoldState, isFirst: Bool) {
        guarding.lock()
        let isFirst = held.isEmpty
        let state = state
        if state == .open { held.add(key, id) }
        guarding.unlock()
        return (state, isFirst)
    }

    /// Takes every entry of the key out; tells whether none is left at all, and then the hold is of no use any more.
    @inlinable func remove(_ key: Key) -> (ids: EntryIDs, isLast: Bool) {
        guarding.lock()
        let ids = held.remove(key)
        let isLast = retires()
        guarding.unlock()
        return (ids, isLast)
    }

    /// Takes one entry out.
    func remove(_ key: Key, _ id: UInt64) -> (wasThere: Bool, isLast: Bool) {
        guarding.withLock { (held.remove(key, id), retires()) }
    }

    @inlinable func retires() -> Bool {
        guard state == .open, held.isEmpty else { return false }
        state = .retired
        return true
    }

    /// Whether nothing was left, and it takes nothing any more.
    @inlinable var isRetired: Bool {
        guarding.lock()
        let state = state
        guarding.unlock()
        return state == .retired
    }

    func ids(_ key: Key) -> EntryIDs { guarding.withLock { held.ids(key) } }
    var all: [(key: Key, id: UInt64)] { guarding.withLock { held.all } }

    /// The process has ended.
    @usableFromInline package func release(_ pid: PID) {
        let isHeard = !core.listeners.isEmpty
        let (entries, keys) = guarding.withLock { () -> ([(key: Key, id: UInt64)], [Key]) in
            state = .dead
            defer { held = HeldKeys() }
            return (held.all, isHeard ? held.keys : [])
        }
        for entry in entries { core.remove(entry.key, entry.id, pid) }
        for key in keys { core.tellUnregistered(key, pid) }
    }
}

/// Whether a hold still takes entries.
@usableFromInline enum RegistryHoldState { case open, retired, dead }
