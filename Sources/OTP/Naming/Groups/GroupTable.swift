/// The members of a running scope's groups, for readers: written by the scope's process alone.
// @unchecked because the gate guards the table.
final class GroupTable<Group: Hashable & Sendable>: @unchecked Sendable {
    private let gate = ReaderGate()
    private var table = ProbeTable<Group, [ProcessCell]>()

    deinit { table.destroy() }

    /// An empty list takes the group out.
    func set(_ group: Group, _ members: [ProcessCell]) {
        let old = gate.write { () -> [ProcessCell]? in
            let old = table.remove(group)
            if !members.isEmpty { table.insert(group, members) }
            return old
        }
        _ = old
    }

    func members(_ group: Group) -> [ProcessCell] {
        let ticket = gate.enter()
        defer { gate.leave(ticket) }
        return table.find(group)?.pointee ?? []
    }

    /// The groups in which somebody lives.
    var groups: [Group] {
        var found: [(Group, [ProcessCell])] = []
        let ticket = gate.enter()
        table.forEach { found.append(($0, $1.pointee)) }
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
