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

    private struct Shard: ~Copyable {
        let guarding = SpinLock()
        var entries: [Key: Entry] = [:]
    }

    private static let shardCount = 32
    private let shards: UnsafeMutablePointer<Shard>

    init() {
        shards = .allocate(capacity: Self.shardCount)
        for i in 0..<Self.shardCount { (shards + i).initialize(to: Shard()) }
    }

    private func shard(_ key: Key) -> UnsafeMutablePointer<Shard> {
        shards + (key.hashValue & (Self.shardCount - 1))
    }

    /// Registers the process. Nil: done. Otherwise the process that holds the name, which may be the same.
    func register(_ key: Key, _ cell: ProcessCell) -> ProcessCell? {
        let hold = Hold(key, table: self)
        let shard = shard(key)
        let holder = shard.pointee.guarding.withLock { () -> ProcessCell? in
            if let entry = shard.pointee.entries[key] { return entry.cell }
            shard.pointee.entries[key] = Entry(cell: cell, hold: hold)
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
        let old = shard.pointee.guarding.withLock {
            shard.pointee.entries.updateValue(Entry(cell: cell, hold: hold), forKey: key)
        }
        if let old { old.cell.letGo(old.hold) }
        if !cell.hold(hold) { release(key, heldBy: cell.pid) }
    }

    /// The process with this name.
    func whereIs(_ key: Key) -> ProcessCell? {
        let shard = shard(key)
        return shard.pointee.guarding.withLock { shard.pointee.entries[key]?.cell }
    }

    /// Sets the name free; false if nobody had it.
    @discardableResult func unregister(_ key: Key) -> Bool {
        let shard = shard(key)
        let entry = shard.pointee.guarding.withLock { shard.pointee.entries.removeValue(forKey: key) }
        guard let entry else { return false }
        entry.cell.letGo(entry.hold)
        return true
    }

    private func release(_ key: Key, heldBy pid: PID) {
        let shard = shard(key)
        let freed = shard.pointee.guarding.withLock { () -> Entry? in
            guard shard.pointee.entries[key]?.cell.pid == pid else { return nil }
            return shard.pointee.entries.removeValue(forKey: key)
        }
        _ = freed
    }

    /// Every name and its holder, sorted by name.
    var all: [(name: String, pid: PID)] {
        var result: [(String, PID)] = []
        for i in 0..<Self.shardCount {
            let shard = shards + i
            shard.pointee.guarding.withLock {
                for (key, entry) in shard.pointee.entries { result.append((key.text, entry.cell.pid)) }
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
