/// A running scope of groups: its book, those who read it, those who are told of changes.
///
/// Who joins or leaves writes into the book himself, alone with it; who ends is taken out by his own end, as what he
/// owns. Of a large group the list of those who live is kept once a reader has put it together, and given to all who
/// ask until somebody listed has ended.
// @unchecked because the gate guards everything that changes.
@usableFromInline final class GroupCore<Group: Hashable & Sendable>: ProcessResource, @unchecked Sendable {
    @usableFromInline let gate = ReaderGate()
    @usableFromInline let ends: EndCounts
    @usableFromInline let node: Unmanaged<Node>
    // The gate sees to it that access is exclusive; the dynamic checks would cost more than what they check.
    @exclusivity(unchecked) @usableFromInline var book = GroupBook<Group, ProcessCell>()
    @exclusivity(unchecked) @usableFromInline var news = GroupNews<Group>()
    @exclusivity(unchecked) @usableFromInline var isClosed = false

    private static var few: Int { 16 }

    init(on node: Node) {
        self.node = .passUnretained(node)
        ends = node.listedEnds
    }

    deinit { book.destroy() }

    // MARK: joining and leaving

    /// Puts processes into a group, each as often as it is listed; false if the scope has ended.
    @inlinable func join(_ group: Group, _ pids: [PID]) -> Bool {
        var cells = FoundCells()
        for pid in pids { cells.append(node._withUnsafeGuaranteedRef { $0.listedCell(pid) }) }
        // Those that have ended already join and leave at once.
        var dead: [PID] = []
        gate.close()
        if isClosed {
            gate.open()
            return false
        }
        for index in 0..<pids.count {
            let pid = pids[index]
            // Its end is told of it before it is in the book, and waits at the gate.
            if let cell = cells[index], book.knows(pid) || cell.own(self) {
                book.join(group, pid, cell)
            } else {
                dead.append(pid)
            }
        }
        if news.isHeard { news.tell(.join, group, pids, left: dead) }
        gate.open()
        return true
    }

    /// Takes processes out of a group, each as often as it is listed; false if none was in it, nil if the scope has
    /// ended.
    @inlinable func leave(_ group: Group, _ pids: [PID]) -> Bool? {
        // Let go when the gate is open again.
        var left = FoundCells()
        gate.close()
        if isClosed {
            gate.open()
            return nil
        }
        for pid in pids {
            guard let cell = book.leave(group, pid) else { continue }
            left.append(cell)
            if !book.knows(pid) { cell.disown(self) }
        }
        if left.count > 0, news.isHeard { news.tell(.leave, group, pids) }
        gate.open()
        return left.count > 0
    }

    @usableFromInline package func release(_ pid: PID, reason: ExitReason) {}

    /// A process that is in groups has ended. Who is told of it finds its names free.
    @usableFromInline package func releaseLast(_ pid: PID) {
        gate.close()
        let (groups, members) = book.end(pid)
        if news.isHeard { for group in groups { news.tell(.leave, group, [pid]) } }
        gate.open()
        withExtendedLifetime(members) {}
    }

    /// The scope has ended: nobody is in its groups any more.
    func close() {
        gate.close()
        isClosed = true
        let members = book.members
        let watchers = news.watchers
        book.destroy()
        book = GroupBook()
        news.watchers = []
        gate.open()
        for cell in members { cell.disown(self) }
        for watcher in watchers { watcher.cell.disown(watcher.standing) }
    }

    // MARK: monitors

    /// From now on `cell` is told of who joins and leaves; a nil group means all. Nil if the scope has ended.
    func monitor(
        _ group: Group?, by cell: ProcessCell, _ tell: @escaping GroupWatcher<Group>.Tell
    ) -> (monitor: GroupMonitor, members: [Group: [PID]])? {
        let monitor = GroupMonitor()
        let standing = GroupStanding { [self] in _ = remove(monitor) }
        let watcher = GroupWatcher(monitor: monitor, group: group, cell: cell, standing: standing, tell: tell)
        let members = gate.write { () -> [Group: [PID]]? in
            if isClosed { return nil }
            // Its end waits at the gate; if that has been already, nobody is to be told.
            if cell.own(standing) { news.watchers.append(watcher) }
            guard let group else { return book.all }
            return [group: book.pids(group)]
        }
        return members.map { (monitor, $0) }
    }

    /// Ends a monitor, and takes back what waits of it; false if there is none, nil if the scope has ended.
    func demonitor(_ monitor: GroupMonitor) -> Bool? {
        let (isOver, watcher) = remove(monitor)
        if isOver { return nil }
        guard let watcher else { return false }
        watcher.standing.end()
        let isOwn = CurrentProcess.reference?.toOpaque() == Unmanaged.passUnretained(watcher.cell).toOpaque()
        // Nobody else may touch what it has set aside.
        if isOwn { watcher.cell.takeBackAll(of: monitor.ref) }
        watcher.cell.disown(watcher.standing)
        return true
    }

    private func remove(_ monitor: GroupMonitor) -> (isOver: Bool, watcher: GroupWatcher<Group>?) {
        gate.close()
        let found = (isClosed, news.remove(monitor))
        gate.open()
        return found
    }

    // MARK: reading

    /// Those who live, in the order of joining, if that is known already.
    @inlinable func known(_ group: Group) -> [PID]? {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        guard let entry = book.groups.find(group) else { return [] }
        return entry.pointee.asOf == ends.now ? entry.pointee.living : nil
    }

    /// Those who live, in the order of joining.
    @usableFromInline func living(_ group: Group) -> [PID] {
        let ticket = gate.enter()
        guard let entry = book.groups.find(group) else {
            gate.leave(ticket)
            return []
        }
        let (members, number) = (entry.pointee.members, entry.pointee.number)
        gate.leave(ticket)
        let settled = ends.settled
        let living = ProcessCell.living(in: members)
        if let settled, members.count > Self.few { keep(living, settled, of: group, number) }
        return living
    }

    /// For those who read next, unless there is something newer.
    private func keep(_ living: [PID], _ settled: UInt64, of group: Group, _ number: UInt64) {
        let old = gate.tryWrite { () -> [PID] in
            guard let entry = book.groups.find(group), entry.pointee.number == number else { return [] }
            let old = entry.pointee.living
            entry.pointee.living = living
            entry.pointee.asOf = settled
            return old
        }
        _ = old
    }

    /// Who is in the group, alive or not yet taken out.
    func members(_ group: Group) -> [ProcessCell] {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        return book.groups.find(group)?.pointee.members ?? []
    }

    /// The groups in which somebody lives.
    var groups: [Group] {
        var found: [(Group, [ProcessCell])] = []
        let ticket = gate.enter()
        book.groups.forEach { found.append(($0, $1.pointee.members)) }
        gate.leave(ticket)
        return found.filter { $0.1.contains(where: \.isAlive) }.map(\.0)
    }

    /// How much there is: for people.
    var counts: (groups: Int, members: Int, monitors: Int) {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        return (book.groupCount, book.memberCount, news.watchers.count)
    }
}

extension ProcessCell {
    /// Those that have not ended, in their order.
    static func living(in cells: [ProcessCell]) -> [PID] {
        [PID](unsafeUninitializedCapacity: cells.count) { pids, count in
            for cell in cells where cell.isAlive {
                (pids.baseAddress.unsafelyUnwrapped + count).initialize(to: cell.pid)
                count += 1
            }
        }
    }
}

extension Node {
    /// A living process of this node whose end is counted from now on, for it is about to be listed.
    @usableFromInline func listedCell(_ pid: PID) -> ProcessCell? {
        let cell = table[pid]
        cell?.beListed()
        return cell
    }
}

/// What was found for some processes, in their order: mostly for one, which costs no array.
@usableFromInline struct FoundCells {
    @usableFromInline var first: ProcessCell?
    @usableFromInline var others: [ProcessCell?] = []
    @usableFromInline var count = 0

    @inlinable init() {}

    @inlinable mutating func append(_ cell: ProcessCell?) {
        if count == 0 { first = cell } else { others.append(cell) }
        count += 1
    }

    @inlinable subscript(index: Int) -> ProcessCell? { index == 0 ? first : others[index - 1] }
}
