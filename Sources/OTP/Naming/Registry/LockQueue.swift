/// Who has which lock and who waits for it, first come, first served. Decides; does not wait.
struct LockQueue<Key: Hashable, Waiter> {
    private struct Line {
        var holder: UInt64
        var waiting: [(id: UInt64, waiter: Waiter)] = []
    }

    private var lines: [Key: Line] = [:]
    /// Nothing is given to anybody any more.
    private(set) var isClosed = false

    var isEmpty: Bool { lines.isEmpty }
    /// How many wait, whatever for.
    var waitingCount: Int { lines.values.reduce(0) { $0 + $1.waiting.count } }

    /// True if the lock was free and is now held by `id`; otherwise it waits.
    mutating func acquire(_ key: Key, _ id: UInt64, _ waiter: Waiter) -> Bool {
        guard lines[key] != nil else {
            lines[key] = Line(holder: id)
            return true
        }
        lines[key]?.waiting.append((id, waiter))
        return false
    }

    /// The holder gives the lock back: who has it next. Nothing happens if `id` does not hold it.
    mutating func release(_ key: Key, _ id: UInt64) -> (id: UInt64, waiter: Waiter)? {
        guard let line = lines[key], line.holder == id else { return nil }
        guard let next = line.waiting.first else {
            lines[key] = nil
            return nil
        }
        lines[key]?.waiting.removeFirst()
        lines[key]?.holder = next.id
        return next
    }

    /// Nobody waits or holds a lock any more: who has waited.
    mutating func close() -> [Waiter] {
        defer { lines = [:] }
        isClosed = true
        return lines.values.flatMap { $0.waiting.map(\.waiter) }
    }

    /// No longer waits; false if it does not wait any more: then it may hold the lock.
    mutating func giveUp(_ key: Key, _ id: UInt64) -> Bool {
        guard let index = lines[key]?.waiting.firstIndex(where: { $0.id == id }) else { return false }
        lines[key]?.waiting.remove(at: index)
        return true
    }
}
