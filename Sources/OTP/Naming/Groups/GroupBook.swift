/// Who is in which group, and how often: the members of each group in the order of joining. Decides; tells nobody.
///
/// Freed by hand. `Member` is what stands for a process beside its identity.
// All of it can be inlined: a module that knows the type of the groups' names looks none up.
@usableFromInline struct GroupBook<Group: Hashable, Member> {
    @usableFromInline var groups = ProbeTable<Group, GroupEntry<Member>>()
    /// The groups of a process, as often as it is in them, in the order of joining. By ``PID/raw``.
    @usableFromInline var joined = ProbeTable<Int, JoinedGroups<Group>>()
    /// Distinguishes what was there from what is.
    @usableFromInline var changes: UInt64 = 0

    @inlinable init() {}

    var isEmpty: Bool { groups.count == 0 && joined.count == 0 }
    /// How many processes are in groups.
    var memberCount: Int { joined.count }
    var groupCount: Int { groups.count }

    @inlinable static func key(_ pid: PID) -> Int { Int(truncatingIfNeeded: pid.raw) }

    /// Whether the process is in any group.
    @inlinable func knows(_ pid: PID) -> Bool { joined.find(Self.key(pid)) != nil }

    /// The process joins, once more if it is in the group.
    @inlinable mutating func join(_ group: Group, _ pid: PID, _ member: Member) {
        changes &+= 1
        let hash = groups.hash(group)
        if let entry = groups.find(group, hash: hash) {
            entry.pointee.pids.append(pid)
            entry.pointee.members.append(member)
            entry.pointee.changed(changes)
        } else {
            groups.insert(group, GroupEntry(pid, member, changes), hash: hash)
        }
        if let known = joined.find(Self.key(pid)) {
            known.pointee.append(group)
        } else {
            joined.insert(Self.key(pid), JoinedGroups(group))
        }
    }

    /// The process leaves, once. The result is the member that has left; nil if it was not in the group.
    @inlinable mutating func leave(_ group: Group, _ pid: PID) -> Member? {
        guard let member = takeOut(pid, of: group) else { return nil }
        let key = Self.key(pid)
        if let known = joined.find(key), known.pointee.removeFirst(group) { _ = joined.remove(key) }
        return member
    }

    /// The process has ended: what it leaves, a group as often as it was in it, and what stood for it there.
    @inlinable mutating func end(_ pid: PID) -> (groups: [Group], members: [Member]) {
        guard let known = joined.remove(Self.key(pid)) else { return ([], []) }
        var members: [Member] = []
        for group in known.all {
            if let member = takeOut(pid, of: group) { members.append(member) }
        }
        return (known.all, members)
    }

    @inlinable mutating func takeOut(_ pid: PID, of group: Group) -> Member? {
        let hash = groups.hash(group)
        guard let entry = groups.find(group, hash: hash) else { return nil }
        guard let index = entry.pointee.pids.firstIndex(of: pid) else { return nil }
        changes &+= 1
        if entry.pointee.pids.count == 1 { return groups.remove(group, hash: hash)?.members.first }
        entry.pointee.pids.remove(at: index)
        entry.pointee.changed(changes)
        return entry.pointee.members.remove(at: index)
    }

    /// Who is in which group.
    var all: [Group: [PID]] {
        var all: [Group: [PID]] = [:]
        groups.forEach { all[$0] = $1.pointee.pids }
        return all
    }

    func pids(_ group: Group) -> [PID] { groups.find(group)?.pointee.pids ?? [] }

    /// Every member, as often as it is in groups.
    var members: [Member] {
        var all: [Member] = []
        groups.forEach { all += $1.pointee.members }
        return all
    }

    /// Gives the memory back; of no use afterwards.
    @usableFromInline mutating func destroy() {
        groups.destroy()
        joined.destroy()
    }
}

/// The members of one group.
@usableFromInline struct GroupEntry<Member> {
    /// In the order of joining, as `members`.
    @usableFromInline var pids: [PID]
    @usableFromInline var members: [Member]
    /// Those of them that live, put together under `asOf`; ``EndCounts/never`` if nobody has.
    @usableFromInline var living: [PID] = []
    @usableFromInline var asOf = EndCounts.never
    /// When it has changed last.
    @usableFromInline var number: UInt64

    @inlinable init(_ pid: PID, _ member: Member, _ number: UInt64) {
        pids = [pid]
        members = [member]
        self.number = number
    }

    @inlinable mutating func changed(_ number: UInt64) {
        self.number = number
        asOf = EndCounts.never
    }
}

/// The groups of one process: mostly one, which costs no array.
@usableFromInline struct JoinedGroups<Group: Hashable> {
    @usableFromInline var first: Group
    @usableFromInline var others: [Group] = []

    @inlinable init(_ group: Group) { first = group }

    @inlinable mutating func append(_ group: Group) { others.append(group) }

    /// Takes the first one that is alike out; true if it was the only one, which then stays.
    @inlinable mutating func removeFirst(_ group: Group) -> Bool {
        if first == group {
            if others.isEmpty { return true }
            first = others.removeFirst()
        } else if let index = others.firstIndex(of: group) {
            others.remove(at: index)
        }
        return false
    }

    @inlinable var all: [Group] { [first] + others }
}
