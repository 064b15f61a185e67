internal import Synchronization

/// The local names of a node. A name leads to at most one living process; its holder's end sets it free.
// @unchecked because each shard is guarded by its own lock.
package final class NameTable: @unchecked Sendable {
    private final class Hold: NameHold {
        let text: String
        let key: Key
        unowned(unsafe) let table: NameTable

        init(_ key: Key, table: NameTable) {
            self.key = key
            self.table = table
            text = key.text
        }

        func release(_ pid: PID) { table.release(key, heldBy: pid) }
    }

    /// A name within its kind: local and global names do not meet.
    package struct Key: Hashable, Sendable {
        package let text: String
        package let isGlobal: Bool
        package init(_ text: String, isGlobal: Bool = false) {
            self.text = text
            self.isGlobal = isGlobal
        }
    }

    private struct Entry {
        let cell: ProcessCell
        let hold: Hold
    }

    /// A class, so that whoever takes its lock accesses the lock alone.
    // @unchecked because the lock guards the rest.
    private final class Shard: @unchecked Sendable {
        let guarding = SpinLock()
        var entries: [Key: Entry] = [:]
    }

    private static let shardCount = 32
    private let shards: [Shard]

    init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(_ key: Key) -> Shard {
        shards[key.hashValue & (Self.shardCount - 1)]
    }

    /// Registers the process. Nil: done. Otherwise the process that holds the name, which may be the same.
    func register(_ key: Key, _ cell: ProcessCell) -> ProcessCell? {
        let hold = Hold(key, table: self)
        let shard = shard(key)
        let holder = shard.guarding.withLock { () -> ProcessCell? in
            if let entry = shard.entries[key] { return entry.cell }
            shard.entries[key] = Entry(cell: cell, hold: hold)
            return nil
        }
        if let holder { return holder }
        if !cell.hold(hold) { release(key, heldBy: cell.pid) }
        return nil
    }

    /// Gives the name to the process, whoever has had it.
    func replace(_ key: Key, _ cell: ProcessCell) {
        let hold = Hold(key, table: self)
        let shard = shard(key)
        let old = shard.guarding.withLock {
            shard.entries.updateValue(Entry(cell: cell, hold: hold), forKey: key)
        }
        if let old { old.cell.letGo(old.hold) }
        if !cell.hold(hold) { release(key, heldBy: cell.pid) }
    }

    /// The process with this name.
    func whereIs(_ key: Key) -> ProcessCell? {
        let shard = shard(key)
        return shard.guarding.withLock { shard.entries[key]?.cell }
    }

    /// Sets the name free; false if nobody had it.
    @discardableResult func unregister(_ key: Key) -> Bool {
        let shard = shard(key)
        let entry = shard.guarding.withLock { shard.entries.removeValue(forKey: key) }
        guard let entry else { return false }
        entry.cell.letGo(entry.hold)
        return true
    }

    private func release(_ key: Key, heldBy pid: PID) {
        let shard = shard(key)
        let freed = shard.guarding.withLock { () -> Entry? in
            guard shard.entries[key]?.cell.pid == pid else { return nil }
            return shard.entries.removeValue(forKey: key)
        }
        _ = freed
    }

    /// Every name and its holder, sorted by name.
    var all: [(name: String, pid: PID)] {
        var result: [(String, PID)] = []
        for i in 0..<Self.shardCount {
            let shard = shards[i]
            shard.guarding.withLock {
                for (key, entry) in shard.entries { result.append((key.text, entry.cell.pid)) }
            }
        }
        return result.sorted { $0.0 < $1.0 }
    }
}

extension ProcessCell {
    /// The names that the process holds.
    final var nameTexts: [String] {
        guarding.withLock { relations?.names.map(\.text) ?? [] }
    }
}
