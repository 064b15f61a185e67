/// What one process has in one registry; its end sets all of it free.
// @unchecked because `guarding` guards the rest.
final class RegistryHold<Key: Hashable & Sendable, Value: Sendable>: NameHold, @unchecked Sendable {
    enum State { case open, retired, dead }

    private let core: RegistryCore<Key, Value>
    private let guarding = SpinLock()
    private var held = HeldKeys<Key>()
    private var state = State.open

    init(_ core: RegistryCore<Key, Value>) { self.core = core }

    var owner: AnyObject? { core }

    var text: String {
        let keys = guarding.withLock { held.keys }
        let shown = keys.prefix(3).map { "\($0)" }.joined(separator: ", ")
        return "\(core.name) \(shown)\(keys.count > 3 ? ", …" : "")"
    }

    /// Notes an entry, if the hold is open; tells in what state it was and whether this is the first entry.
    func add(_ key: Key, _ id: UInt64) -> (state: State, isFirst: Bool) {
        guarding.withLock {
            let isFirst = held.isEmpty
            if state == .open { held.add(key, id) }
            return (state, isFirst)
        }
    }

    /// Takes every entry of the key out; tells whether none is left at all, and then the hold is of no use any more.
    func remove(_ key: Key) -> (ids: [UInt64], isLast: Bool) {
        guarding.withLock {
            let ids = held.remove(key)
            return (ids, retires())
        }
    }

    /// Takes one entry out.
    func remove(_ key: Key, _ id: UInt64) -> Bool {
        guarding.withLock {
            held.remove(key, id)
            return retires()
        }
    }

    private func retires() -> Bool {
        guard state == .open, held.isEmpty else { return false }
        state = .retired
        return true
    }

    func ids(_ key: Key) -> [UInt64] { guarding.withLock { held.ids(key) } }
    var all: [(key: Key, id: UInt64)] { guarding.withLock { held.all } }

    /// The process has ended.
    func release(_ pid: PID) {
        let (entries, keys) = guarding.withLock { () -> ([(key: Key, id: UInt64)], [Key]) in
            state = .dead
            defer { held = HeldKeys() }
            return (held.all, held.keys)
        }
        for entry in entries { core.remove(entry.key, entry.id, pid) }
        if !core.listeners.isEmpty { for key in keys { core.tellUnregistered(key, pid) } }
    }
}
