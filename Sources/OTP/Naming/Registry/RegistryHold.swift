/// What one process has in one registry; its end sets all of it free.
// @unchecked because `guarding` guards the rest.
@usableFromInline final class RegistryHold<Key: Hashable & Sendable, Value: Sendable>: NameHold, @unchecked Sendable {
    @usableFromInline let core: RegistryCore<Key, Value>
    @usableFromInline let guarding = SpinLock()
    // Without the dynamic check of exclusive access: the lock sees to it.
    @exclusivity(unchecked) @usableFromInline var held = HeldKeys<Key>()
    @exclusivity(unchecked) @usableFromInline var state = RegistryHoldState.open
    /// Entries of whose beginning the listeners are still being told: of their end whoever tells that tells next.
    @exclusivity(unchecked) @usableFromInline var untold: [(key: Key, id: UInt64)] = []

    @inlinable init(_ core: RegistryCore<Key, Value>) { self.core = core }

    @usableFromInline package var owner: ObjectIdentifier? { core.identity }

    @usableFromInline package var text: String? {
        let keys = guarding.withLock { held.keys }
        let shown = keys.prefix(3).map { "\($0)" }.joined(separator: ", ")
        return "\(core.name) \(shown)\(keys.count > 3 ? ", …" : "")"
    }

    /// Notes an entry, if the hold is open; tells in what state it was and whether this is the first entry.
    @inlinable func add(_ key: Key, _ id: UInt64, isTold: Bool) -> (state: RegistryHoldState, isFirst: Bool) {
        guarding.lock()
        let isFirst = held.isEmpty
        let state = state
        if state == .open {
            held.add(key, id)
            if isTold { untold.append((key, id)) }
        }
        guarding.unlock()
        return (state, isFirst)
    }

    /// Takes every entry of the key out; tells whether none is left at all, and then the hold is of no use any more, and
    /// whether the listeners are to be told by whoever asks.
    @inlinable func remove(_ key: Key) -> (ids: EntryIDs, isLast: Bool, tells: Bool) {
        guarding.lock()
        let ids = held.remove(key)
        let isLast = retires()
        let tells = !ids.isEmpty && (untold.count == 0 || !isUntold(key))
        guarding.unlock()
        return (ids, isLast, tells)
    }

    /// Takes one entry out. Of several under a key the listeners are told of the last one.
    func remove(_ key: Key, _ id: UInt64) -> (isLast: Bool, tells: Bool) {
        guarding.withLock {
            let wasThere = held.remove(key, id)
            return (retires(), wasThere && held.ids(key).isEmpty && !isUntold(key))
        }
    }

    /// The listeners have been told of the entry's beginning; whether they are to be told of the end of the key now.
    @usableFromInline func wasTold(_ key: Key, _ id: UInt64) -> Bool {
        guarding.withLock {
            untold.removeAll { $0.id == id }
            return held.ids(key).isEmpty && !isUntold(key)
        }
    }

    /// With the lock held.
    @usableFromInline func isUntold(_ key: Key) -> Bool { untold.contains { $0.key == key } }

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
            return (held.all, isHeard ? held.keys.filter { !isUntold($0) } : [])
        }
        for entry in entries { core.remove(entry.key, entry.id, pid) }
        for key in keys { core.tellUnregistered(key, pid) }
    }
}

/// Whether a hold still takes entries.
@usableFromInline enum RegistryHoldState { case open, retired, dead }
