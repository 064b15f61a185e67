/// The local names of a node. A name leads to at most one living process; its holder's end sets it free.
///
/// Look-ups take no lock that other readers take, and hash nothing: a name brings its hash along.
// @unchecked because each part's gate guards its table, and the parts live as long as the node: for ever.
package final class NameTable: @unchecked Sendable {
    private final class Hold: NameHold {
        let text: String?
        let key: Key
        unowned(unsafe) let table: NameTable

        init(_ key: Key, table: NameTable) {
            self.key = key
            self.table = table
            text = key.isGiven ? nil : key.description
        }

        func release(_ pid: PID) { table.release(key, heldBy: pid) }
    }

    /// A name within its kind: local and global names do not meet.
    package struct Key: Hashable, Sendable, CustomStringConvertible {
        package let text: String
        /// That of the text, made once for all look-ups. The lowest bit says that there is one, for ``ProbeTable``, the
        /// next one whether the name is global; a high one, by which no places are chosen, whether the library gave it.
        let hash: UInt

        private static let given: UInt = 1 << (UInt.bitWidth - 4)

        package init(_ text: String, isGlobal: Bool = false) {
            self.text = text
            hash = UInt(bitPattern: text.hashValue) & ~(3 | Self.given) | (isGlobal ? 3 : 1)
        }

        /// A name that the library gives to what has none of its user's: no list of names shows it. Others of the same text have
        /// other numbers, which people are not shown, for they differ from run to run.
        package init(given text: String, number: Int) {
            self.text = "\(text) #\(number)"
            hash = UInt(bitPattern: self.text.hashValue) & ~3 | Self.given | 1
        }

        package var isGlobal: Bool { hash & 2 != 0 }
        package var isGiven: Bool { hash & Self.given != 0 }

        /// As people are shown it.
        package var description: String {
            if isGiven, let end = text.lastIndex(of: "#") { return String(text[..<end].dropLast()) }
            return isGlobal ? "global \(text)" : text
        }

        package static func == (a: Key, b: Key) -> Bool { a.hash == b.hash && a.text == b.text }
        package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    }

    /// Who has a name. What readers want to know stands here, so that they need not go to the process.
    private struct Entry {
        let cell: ProcessCell
        let hold: Hold
        let pid: PID
        let behavior: ObjectIdentifier
    }

    /// Into so many parts names are divided, so that those who register seldom wait for each other.
    private static let partCount = 8
    private let gates: UnsafeMutablePointer<ReaderGate>
    private let tables: UnsafeMutablePointer<ProbeTable<Key, Entry>>

    init() {
        gates = .allocate(capacity: Self.partCount)
        tables = .allocate(capacity: Self.partCount)
        for index in 0..<Self.partCount {
            (gates + index).initialize(to: ReaderGate())
            (tables + index).initialize(to: ProbeTable())
        }
    }

    deinit {
        for index in 0..<Self.partCount { tables[index].destroy() }
        tables.deallocate()
        gates.deinitialize(count: Self.partCount)
        gates.deallocate()
    }

    /// By the upper bits: where a key lies within its part is decided by the lower ones.
    private static func part(_ key: Key) -> Int { Int(key.hash >> (UInt.bitWidth - 3)) }

    // The name is entered under the process's lock, while it cannot end: whoever is told of its end finds the name free. Who wants
    // that lock waits for readers of the name's part then, which are there for a few instructions, as for anybody who writes.

    /// Registers the process. The result is the process that holds the name already, which may be the same; nil also if the
    /// process has ended, whoever has the name: then nothing is done.
    func register(_ key: Key, _ cell: ProcessCell) -> ProcessCell? {
        let entry = entry(key, cell)
        let part = Self.part(key)
        var holder: ProcessCell?
        cell.hold(entry.hold) {
            gates[part].write {
                holder = tables[part].find(key, hash: key.hash)?.pointee.cell
                if holder == nil { tables[part].insert(key, entry, hash: key.hash) }
            }
            return holder == nil
        }
        return holder
    }

    /// Gives the name to the process, if it has not ended, whoever has had it.
    func replace(_ key: Key, _ cell: ProcessCell) {
        let entry = entry(key, cell)
        let part = Self.part(key)
        var old: Entry?
        cell.hold(entry.hold) {
            gates[part].write {
                old = tables[part].remove(key, hash: key.hash)
                tables[part].insert(key, entry, hash: key.hash)
            }
            return true
        }
        if let old { old.cell.letGo(old.hold) }
    }

    private func entry(_ key: Key, _ cell: ProcessCell) -> Entry {
        Entry(cell: cell, hold: Hold(key, table: self), pid: cell.pid, behavior: cell.behavior)
    }

    /// The process with this name, whatever it is.
    func whereIs(_ key: Key) -> ProcessCell? { look(key) { $0.pointee.cell } }

    /// The process with this name, if it is of this behaviour.
    func whereIs(_ key: Key, _ behavior: ObjectIdentifier) -> ProcessCell? {
        look(key) { $0.pointee.behavior == behavior ? $0.pointee.cell : nil }
    }

    /// The same, without counting a reference: that would take the process's memory from whoever else looks it up.
    func pid(_ key: Key, _ behavior: ObjectIdentifier) -> PID? {
        look(key) { $0.pointee.behavior == behavior ? $0.pointee.pid : nil }
    }

    /// What `body` makes of the entry of a key, while no writer is there; nil if there is none.
    @inline(__always) private func look<R>(_ key: Key, _ body: (UnsafeMutablePointer<Entry>) -> R?) -> R? {
        let part = Self.part(key)
        let ticket = gates[part].enter()
        defer { gates[part].leave(ticket) }
        guard let found = tables[part].find(key, hash: key.hash) else { return nil }
        return body(found)
    }

    /// Sets the name free; false if nobody had it.
    @discardableResult func unregister(_ key: Key) -> Bool {
        let part = Self.part(key)
        guard let entry = gates[part].write({ tables[part].remove(key, hash: key.hash) }) else { return false }
        entry.cell.letGo(entry.hold)
        return true
    }

    private func release(_ key: Key, heldBy pid: PID) {
        let part = Self.part(key)
        // What goes is let go when the gate is open again.
        let freed = gates[part].write { () -> Entry? in
            guard tables[part].find(key, hash: key.hash)?.pointee.pid == pid else { return nil }
            return tables[part].remove(key, hash: key.hash)
        }
        _ = freed
    }

    /// Every name of one kind and its holder, sorted by name, but for those that the library gave.
    func all(areGlobal: Bool) -> [(name: String, pid: PID)] {
        var result: [(String, PID)] = []
        for part in 0..<Self.partCount {
            let ticket = gates[part].enter()
            tables[part].forEach { key, entry in
                if key.isGlobal == areGlobal, !key.isGiven { result.append((key.text, entry.pointee.pid)) }
            }
            gates[part].leave(ticket)
        }
        return result.sorted { $0.0 < $1.0 }
    }
}

extension NameTable {
    /// The names of the current node, without counting a reference: nodes are never freed.
    static var current: Unmanaged<NameTable> {
        Node.currentRef._withUnsafeGuaranteedRef { .passUnretained($0.names) }
    }
}

extension ProcessCell {
    /// The names that the process holds, as people are shown them.
    final var nameTexts: [String] { Self.texts(of: holds) }

    /// What the process holds of names.
    final var holds: Few<any NameHold> { guarding.withLock { heldNames } }

    /// The same with the lock held.
    final var heldNames: Few<any NameHold> { relations?.names ?? Few() }

    /// Never with a lock held: keys and registries are shown by the user's code.
    static func texts(of holds: Few<any NameHold>) -> [String] { holds.map(\.text).compactMap(\.self) }
}
