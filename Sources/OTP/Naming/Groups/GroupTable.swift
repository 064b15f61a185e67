/// The members of a running scope's groups, for readers: written by the scope's process alone.
///
/// Of a large group the list of those who live is kept once a reader has put it together, and given to all who ask
/// until somebody listed has ended.
// @unchecked because the gate guards the table.
final class GroupTable<Group: Hashable & Sendable>: @unchecked Sendable {
    private struct Entry {
        let members: [ProcessCell]
        /// Those of them that live, put together under `asOf`; ``ListedEnds/never`` if nobody has.
        var living: [PID] = []
        var asOf = ListedEnds.never
        /// Distinguishes what was published for a group.
        let number: UInt64
    }

    private static var few: Int { 16 }

    private let gate = ReaderGate()
    private var table = ProbeTable<Group, Entry>()
    private var published: UInt64 = 0
    private let ends: ListedEnds

    init(_ ends: ListedEnds) { self.ends = ends }

    deinit { table.destroy() }

    /// An empty list takes the group out.
    func set(_ group: Group, _ members: [ProcessCell]) {
        published += 1
        let entry = Entry(members: members, number: published)
        let old = gate.write { () -> Entry? in
            let old = table.remove(group)
            if !members.isEmpty { table.insert(group, entry) }
            return old
        }
        _ = old
    }

    func members(_ group: Group) -> [ProcessCell] { entry(group)?.members ?? [] }

    /// Those who live, in the order of joining.
    func living(_ group: Group) -> [PID] {
        guard let entry = entry(group) else { return [] }
        if entry.asOf == ends.now { return entry.living }
        let settled = ends.settled
        let living = ProcessCell.living(in: entry.members)
        if let settled, entry.members.count > Self.few { keep(living, settled, of: group, entry.number) }
        return living
    }

    private func entry(_ group: Group) -> Entry? {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        return table.find(group)?.pointee
    }

    /// For those who read next, unless there is something newer.
    private func keep(_ living: [PID], _ settled: UInt64, of group: Group, _ number: UInt64) {
        let old = gate.tryWrite { () -> [PID] in
            guard let entry = table.find(group), entry.pointee.number == number else { return [] }
            let old = entry.pointee.living
            entry.pointee.living = living
            entry.pointee.asOf = settled
            return old
        }
        _ = old
    }

    /// The groups in which somebody lives.
    var groups: [Group] {
        var found: [(Group, [ProcessCell])] = []
        let ticket = gate.enter()
        table.forEach { found.append(($0, $1.pointee.members)) }
        gate.leave(ticket)
        return found.filter { $0.1.contains(where: \.isAlive) }.map(\.0)
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
