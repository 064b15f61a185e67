/// Who is in which group, and how often. Decides; tells nobody.
struct GroupBook<Group: Hashable> {
    /// In the order of joining. A group without members is none.
    private(set) var members: [Group: [PID]] = [:]
    /// The groups of a process, as often as it is in them, in the order of joining.
    private var joined: [PID: [Group]] = [:]

    var isEmpty: Bool { members.isEmpty && joined.isEmpty }

    /// Whether the process is in any group.
    func knows(_ pid: PID) -> Bool { joined[pid] != nil }

    /// Each of the processes joins, as often as it is listed.
    mutating func join(_ group: Group, _ pids: [PID]) {
        if pids.isEmpty { return }
        members[group, default: []] += pids
        for pid in pids { joined[pid, default: []].append(group) }
    }

    /// Each of the processes leaves as often as it is listed, if it is in the group that often. False if none was.
    mutating func leave(_ group: Group, _ pids: [PID]) -> Bool {
        var hasLeft = false
        for pid in pids where remove(pid, from: group) {
            hasLeft = true
            guard let index = joined[pid]?.firstIndex(of: group) else { continue }
            joined[pid]?.remove(at: index)
            if joined[pid]?.isEmpty == true { joined[pid] = nil }
        }
        return hasLeft
    }

    /// The process has ended: what it leaves, a group as often as it was in it.
    mutating func end(_ pid: PID) -> [Group] {
        let groups = joined.removeValue(forKey: pid) ?? []
        for group in groups { _ = remove(pid, from: group) }
        return groups
    }

    private mutating func remove(_ pid: PID, from group: Group) -> Bool {
        guard let index = members[group]?.firstIndex(of: pid) else { return false }
        members[group]?.remove(at: index)
        if members[group]?.isEmpty == true { members[group] = nil }
        return true
    }
}
